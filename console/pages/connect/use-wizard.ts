import { useEffect, useState } from 'preact/hooks'
import { ApiError } from '../../api/http.ts'
import type { Connector, LineItem, PortalItem, TestResult } from '../../api/types.ts'
import { type Desk, useDesk } from '../../desk/desk.ts'
import { faultMap } from '../../desk/fields.ts'
import { type Action, useAction } from '../../desk/use-action.ts'
import { useLoad } from '../../desk/use-load.ts'
import { focusFault, type SettingsState, useSettings } from '../../desk/use-settings.ts'
import { fullTitleOf } from '../../texts/channels.ts'
import { connect } from '../../texts/connect.ts'

export interface Wizard {
  readonly connector: Connector
  readonly form: SettingsState
  readonly portals: readonly Pick<PortalItem, 'id' | 'name'>[]
  readonly portal: string
  readonly line: string
  /** They came with the link, so that nobody changes them. */
  readonly isFixed: boolean
  /** What is wrong with the portal or the line, in the hub's words. */
  readonly placeFaults: ReadonlyMap<string, string>
  /** The line as it is stored, once it is. */
  readonly saved: LineItem | undefined
  /** Settings that the hub made, to be shown where they are to be copied. */
  readonly made: Readonly<Record<string, string | null>>
  readonly result: TestResult | undefined
  readonly save: Action<[]>
  readonly test: Action<[]>
  pickPortal(id: string): void
  nameLine(line: string): void
}

const MAX_PORTALS = 200
/** What is asked for beside the settings; their names begin with `settings.`. */
const PLACE: ReadonlySet<string> = new Set(['portal', 'line'])

interface Place {
  readonly portal: string
  readonly line: string
}

/** What the wizard holds: where the line is to be, its settings, and how far it has come. */
export function useWizard(connector: Connector): Wizard {
  const desk = useDesk()
  const { api, scope } = desk
  const portals = usePortals(desk)
  const [begun] = useState<Place>(() => firstPlace(desk))
  const [place, setPlace] = useState<Place>(begun)
  const [placeFaults, setPlaceFaults] = useState<ReadonlyMap<string, string>>(new Map())
  const form = useSettings(
    connector.fields,
    desk.say(connect.wizard, { channel: desk.say(fullTitleOf(connector)) }),
  )
  const [made, setMade] = useState<Wizard['made']>({})
  const [saved, setSaved] = useState<LineItem>()
  const [result, setResult] = useState<TestResult>()
  const portal = place.portal || (portals.length === 1 ? (portals[0]?.id ?? '') : '')
  const line = useFreeLine(connector.id, portal, place.line)

  const move = (next: Place): void => {
    setPlace(next)
    setPlaceFaults(new Map())
  }
  const store = async (): Promise<LineItem | undefined> => {
    const settings = form.read()
    const isTyped = line === place.line && line !== begun.line && line !== saved?.line
    const faults = await placeFaultsOf({ portal, line }, { api, connector, isTyped })
    setPlaceFaults(faults)
    if (!settings || faults.size > 0) return undefined
    const item = await api.saveLine({ portal, line, connector: connector.id, settings })
    const { settings: now } = await api.settings(item.id)
    form.settle()
    setSaved(item)
    setMade(now)
    return item
  }
  const blame = (error: unknown): never => {
    if (error instanceof ApiError) {
      form.blame(error.fields)
      setPlaceFaults(faultMap(error.fields.filter(({ field }) => PLACE.has(field))))
    }
    throw error
  }
  const save = useAction(async () => {
    const item = await store().catch(blame).finally(focusFault)
    return item && { done: connect.saved }
  })
  const test = useAction(async () => {
    setResult(undefined)
    const item = await store().catch(blame).finally(focusFault)
    if (!item) return undefined
    const outcome = await api.testLine(item.id)
    setResult(outcome)
    const { error } = outcome.channel
    if (error?.field !== undefined) {
      form.blame([{ field: error.field, problem: error.message }])
      focusFault()
    }
    return undefined
  })
  return {
    ...{ connector, form, portals, portal, line, placeFaults, saved, made, result, save, test },
    isFixed: scope.kind === 'line',
    pickPortal: (id) => move({ portal: id, line: '' }),
    nameLine: (name) => move({ portal, line: name }),
  }
}

function firstPlace({ scope, session, navigation }: Desk): Place {
  const { portal = '', line = '' } = navigation.place.value.query
  if (scope.kind === 'operator') return { portal, line }
  if (scope.kind === 'line') return { portal: scope.portal.id, line: scope.line.line }
  return { portal: scope.portal.id, line: line || (session.value?.start?.line ?? '') }
}

function usePortals({ api, scope }: Desk): Wizard['portals'] {
  const isOperator = scope.kind === 'operator'
  const { data } = useLoad(
    async (stop) => (isOperator ? (await api.portals({ limit: MAX_PORTALS }, stop)).items : []),
    [],
  )
  return scope.kind === 'operator' ? (data ?? []) : [scope.portal]
}

/** The line's name as it was typed; until then the first number that no line of this channel has. */
function useFreeLine(connector: string, portal: string, typed: string): string {
  const { api } = useDesk()
  const [free, setFree] = useState('')
  const isWanted = typed === '' && portal !== ''
  useEffect(() => {
    if (!isWanted) return
    const stop = new AbortController()
    api.lines({ portal, connector, limit: 200 }, { signal: stop.signal }).then(
      ({ items }) => setFree(firstFree(items)),
      () => stop.signal.aborted || setFree('1'),
    )
    return () => stop.abort()
  }, [isWanted, portal])
  return typed || (isWanted ? free : '')
}

function firstFree(items: readonly LineItem[]): string {
  const taken = new Set(items.map(({ line }) => line))
  let number = 1
  while (taken.has(String(number))) number += 1
  return String(number)
}

interface Surroundings {
  readonly api: Desk['api']
  readonly connector: Connector
  readonly isTyped: boolean
}

/** A line that is there is changed on its own page: whoever types its name in here doesn't mean to save over it. */
async function placeFaultsOf(
  { portal, line }: Place,
  { api, connector, isTyped }: Surroundings,
): Promise<ReadonlyMap<string, string>> {
  const faults = new Map<string, string>()
  if (portal === '') faults.set('portal', 'is required')
  if (line.trim() === '') faults.set('line', 'is required')
  if (faults.size > 0 || !isTyped) return faults
  const { items } = await api.lines({ portal, connector: connector.id, q: line, limit: 200 })
  if (items.some((item) => item.line === line)) faults.set('line', 'is already taken')
  return faults
}
