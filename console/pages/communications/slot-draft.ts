import type { FieldFault } from '../../api/http.ts'
import type { Page, Slot } from '../../api/types.ts'
import type { Row } from '../../parts/rows-field.tsx'
import type { LineDesk } from './line-desk.ts'

/** A notification as its form holds it. */
export interface SlotDraft {
  readonly name: string
  readonly incoming: readonly Row[]
  readonly templateName: string
  readonly namespace: string
  readonly language: string
  readonly text: string
  readonly parameters: readonly Row[]
  readonly onSuccess: string
  readonly onFail: string
  readonly onNoAccount: string
}

export const TABS = ['general', 'incoming', 'destination'] as const
export type SlotTab = (typeof TABS)[number]

const PAGE = 500
const MAX_PAGES = 20

/** All of the portal are looked through: they aren't kept by line. */
export async function readSlots(desk: LineDesk): Promise<readonly Slot[]> {
  const { connector, line } = desk.line
  const found: Slot[] = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const asked = { limit: PAGE, ...(cursor && { cursor }) }
    const got = await desk.callPortal<Page<Slot>>('listNotifications', asked)
    found.push(
      ...got.items.filter(
        ({ destination }) => destination.connector === connector && destination.line === line,
      ),
    )
    cursor = got.cursor
    if (cursor === undefined) break
  }
  return found
}

export function toDraft(slot: Slot | undefined): SlotDraft {
  const { name = '', incoming = [], templateName = '', namespace = '', language = '' } = slot ?? {}
  const { text = '', parameters = [], onSuccess = '', onFail = '', onNoAccount = '' } = slot ?? {}
  return {
    ...{ name, incoming, templateName, namespace, language, text, parameters },
    onSuccess: String(onSuccess),
    onFail: String(onFail),
    onNoAccount: String(onNoAccount),
  }
}

const ENTER = 'Please enter text.'
const REQUIRED = ['name', 'templateName', 'namespace', 'language'] as const

/** As the hub checks it: what is required must not be blank. */
export function checkSlot(draft: SlotDraft): readonly FieldFault[] {
  const blank = (text: string | undefined): boolean => (text ?? '').trim() === ''
  const inRows = (list: 'incoming' | 'parameters', keys: readonly string[]) =>
    draft[list].flatMap((row, at) =>
      keys
        .filter((key) => blank(row[key]))
        .map((key) => ({ field: `${list}[${at}].${key}`, problem: ENTER })),
    )
  return [
    ...REQUIRED.filter((key) => blank(draft[key])).map((field) => ({ field, problem: ENTER })),
    ...inRows('incoming', ['contextKey', 'requestKey']),
    ...inRows('parameters', ['value']),
  ]
}

export function toParams(draft: SlotDraft, id: number | undefined, desk: LineDesk): object {
  const { name, incoming, templateName, namespace, language, text, parameters } = draft
  const { onSuccess, onFail, onNoAccount } = draft
  const { connector, line } = desk.line
  return {
    ...(id !== undefined && { id }),
    ...{ name, destination: { connector, line }, templateName, namespace, language },
    ...(incoming.length > 0 && { incoming }),
    ...(parameters.length > 0 && { parameters }),
    ...(text && { text }),
    ...(onSuccess && { onSuccess }),
    ...(onFail && { onFail }),
    ...(onNoAccount && { onNoAccount }),
  }
}

/** Where a field is filled in. */
export function tabOf(field: string): SlotTab {
  if (field.startsWith('incoming')) return 'incoming'
  return /^(?:name|onSuccess|onFail|onNoAccount)\b/.test(field) && field !== 'namespace'
    ? 'general'
    : 'destination'
}
