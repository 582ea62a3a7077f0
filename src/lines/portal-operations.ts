import type { Clock } from '../core/clock.ts'
import type { DialectDescriptor } from '../core/dialect.ts'
import { HubError, SettingsError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import { randomId } from '../core/ids.ts'
import type { Language } from '../core/language.ts'
import type { Portal, SwitchedOff, TextFormat } from '../core/portal.ts'
import { readSettings } from '../core/settings.ts'
import { nameProblem } from '../core/shapes/name-text.ts'
import { endConsolesOf } from '../db/console/sessions.ts'
import type { Store } from '../db/engine/store.ts'
import { parkPortal, readSwitchedOff, unparkPortal } from '../db/lines/parked-lines.ts'
import { type PortalContents, readPortalContents } from '../db/lines/portal-contents.ts'
import type { PortalRepository, PortalSetting } from '../db/lines/portals.ts'
import type { PortalDirectory } from './portal-directory.ts'
import { checkPace, type PortalPace } from './portal-pace.ts'
import type { PortalRemoval } from './portal-removal.ts'
import { makePortalSecret, OLD_SECRET_LIFE_MS } from './portal-secrets.ts'
import type { Signals } from './signals.ts'

export interface PortalOperationsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly dialects: readonly DialectDescriptor[]
  readonly portalRepository: PortalRepository
  readonly portalDirectory: PortalDirectory
  readonly removal: PortalRemoval
  readonly targets: TargetRules
  readonly signals: Pick<Signals, 'inboxDue' | 'outboxDue'>
}

/** What is known of CIDRs. */
export interface TargetRules {
  /** Why it isn't one; undefined if it is. */
  problemOf(cidr: string): string | undefined
  /** Does the hub reach any private address of it? */
  isReached(cidr: string): boolean
}

export interface PortalInput extends PortalPace {
  readonly name: string
  readonly url: string
  /** Without effect where the dialect has one of its own. */
  readonly format: TextFormat
  /** `en` if absent. */
  readonly language?: Language
  /** `native` if absent. */
  readonly dialect?: string
  /** Values of the dialect's fields. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** CIDRs, comma-separated, `none`, or `all` that the hub may reach, which is the default. */
  readonly allow?: string
}

export interface MadePortal {
  readonly id: string
  readonly secret: string
  readonly url: string
}

export interface RotatedSecret {
  readonly secret: string
  /** Epoch milliseconds. */
  readonly oldValidUntil: number
}

export interface RotateOptions {
  /** The old secret ends at once, in other processes within 5 s. */
  readonly revokeOld: boolean
  /** The secret that the call was signed with: a replaced one can't replace its successor. */
  readonly calledWith?: string
}

const MAX_NAME = 255
const MAX_URL = 2048
/** As many as anybody's network needs; every look at an address goes through them. */
const MAX_TARGETS = 100

/**
 * Everything that can be done with portals, whoever asks for it. Throws StoreUnavailableError; SettingsError naming every
 * field that can't be taken.
 */
export class PortalOperations {
  readonly #deps: PortalOperationsDeps

  constructor(deps: PortalOperationsDeps) {
    this.#deps = deps
  }

  /** The secret is given back this once. */
  async add(input: PortalInput): Promise<MadePortal> {
    const { portalRepository, clock } = this.#deps
    const { name, url } = input
    const dialect = this.#findDialect(input.dialect ?? 'native')
    const { format = input.format } = dialect
    check({ name, url }, input)
    const allowedTargets = this.#readTargets(input.allow ?? 'all')
    const settings = readFields(dialect, input.settings ?? {}, {})
    const made = { id: randomId('prt_'), secret: makePortalSecret(), url }
    const portal = {
      ...{ ...made, name, format, dialect: dialect.id, settings },
      ...given({ language: input.language }),
      ...(allowedTargets === 'all' ? {} : { allowedTargets }),
      pace: input,
    }
    const taken = await portalRepository.add(portal, clock.now())
    if (taken !== undefined) throw isTaken(taken)
    return made
  }

  async list(): Promise<Portal[]> {
    return await this.#deps.portalRepository.list(this.#deps.clock.now())
  }

  /**
   * Changes what is named and leaves the rest; a secret field that is left out keeps its value. False if there is no such
   * portal. Other processes notice within 5 s.
   */
  async edit(
    id: string,
    change: PortalPace &
      Partial<Pick<PortalInput, 'name' | 'url' | 'language' | 'settings' | 'allow'>> & {
        readonly format?: Partial<TextFormat>
      },
  ): Promise<boolean> {
    const { portalRepository, portalDirectory, clock } = this.#deps
    const portal = await portalRepository.find(id, clock.now())
    if (!portal) return false
    const { name = portal.name, url = portal.url } = change
    check({ name: change.name, url }, change)
    this.#checkFormat(portal, change.format)
    const allow = change.allow === undefined ? undefined : this.#readTargets(change.allow)
    const edited = await portalRepository.edit(id, {
      name,
      url,
      format: { ...portal.format, ...change.format },
      ...given({ language: change.language }),
      ...(allow === undefined ? {} : { allowedTargets: allow }),
      pace: change,
      ...(change.settings ? { settings: this.#mergeSettings(portal, change.settings) } : {}),
    })
    if (typeof edited === 'object') throw isTaken(edited.taken)
    await portalDirectory.reload(id)
    return edited === 'changed'
  }

  /**
   * Without `revokeOld` the old secret goes on verifying for 24 h. Undefined if there is no such portal. Throws HubError
   * (HUB_OLD_SECRET) when the caller's secret isn't the one in force.
   */
  async rotate(
    id: string,
    { revokeOld, calledWith }: RotateOptions,
  ): Promise<RotatedSecret | undefined> {
    const { portalRepository, portalDirectory, clock } = this.#deps
    const secret = makePortalSecret()
    const oldValidUntil = clock.now() + (revokeOld ? 0 : OLD_SECRET_LIFE_MS)
    const outcome = await portalRepository.rotate(id, {
      secret,
      ...(revokeOld ? {} : { previousUntil: oldValidUntil }),
      ...given({ expected: calledWith }),
    })
    if (outcome === 'unknown') return undefined
    if (outcome === 'replaced') {
      throw new HubError('HUB_OLD_SECRET', 'this secret was replaced: only the new one can rotate')
    }
    await portalDirectory.reload(id)
    return { secret, oldValidUntil }
  }

  /** Of a list that was taken as `allow` the CIDRs that change nothing, for the hub reaches none of them anyway. */
  withoutEffect(allow: string): string[] {
    const cidrs = this.#readTargets(allow)
    return cidrs === 'all' ? [] : cidrs.filter((cidr) => !this.#deps.targets.isReached(cidr))
  }

  /** Of all portals those that aren't in service. */
  async switchedOff(): Promise<ReadonlyMap<string, SwitchedOff>> {
    return await readSwitchedOff(this.#deps.store)
  }

  /**
   * Takes the portal out of service: its calls are refused, and nothing goes to it or out for it; what comes for it is taken
   * and waits. Its administrators' consoles end. Other processes notice within 5 s. False if there is no such portal.
   */
  async disable(id: string): Promise<boolean> {
    const { store, portalRepository, portalDirectory, clock } = this.#deps
    if (!(await portalRepository.switchOff(id, 'disabled', clock.now()))) return false
    await portalDirectory.reload(id)
    await parkPortal(store, id)
    await endConsolesOf(store, id)
    return true
  }

  /** Puts the portal back into service, and all that waits goes on. False if there is no such portal, or it is being removed. */
  async enable(id: string): Promise<boolean> {
    const { store, portalRepository, portalDirectory, clock, signals } = this.#deps
    if (!(await portalRepository.switchOff(id, undefined, clock.now()))) return false
    await portalDirectory.reload(id)
    await unparkPortal(store, id, clock.now())
    signals.inboxDue.raise()
    signals.outboxDue.raise(undefined)
    return true
  }

  /** What would go with the portal. Undefined if there is no such portal. */
  async contents(id: string): Promise<PortalContents | undefined> {
    const { store, portalRepository, clock } = this.#deps
    if (!(await portalRepository.find(id, clock.now()))) return undefined
    return await readPortalContents(store, id)
  }

  /**
   * Switches the portal off for good and removes it with its lines, their webhooks, settings and queues. Gives how many lines
   * are left because their channels do not answer: a job goes on with those. Undefined if there is no such portal.
   */
  async remove(id: string): Promise<{ readonly left: number } | undefined> {
    const { store, portalRepository, portalDirectory, removal, clock } = this.#deps
    if (!(await portalRepository.switchOff(id, 'removing', clock.now()))) return undefined
    await portalDirectory.reload(id)
    await parkPortal(store, id)
    await endConsolesOf(store, id)
    const left = await removal.begin(id)
    await portalDirectory.reload(id)
    return { left }
  }

  #checkFormat({ dialect }: Portal, change: Partial<TextFormat> = {}): void {
    const { format: fixed } = this.#findDialect(dialect)
    if (!fixed) return
    const faults = (['text', 'emoji'] as const).flatMap((field) =>
      (change[field] ?? fixed[field]) === fixed[field]
        ? []
        : [{ field, problem: `is always ${fixed[field]} for portals of this dialect` }],
    )
    if (faults.length > 0) throw new SettingsError(faults)
  }

  #findDialect(id: string): DialectDescriptor {
    const { dialects } = this.#deps
    const dialect = dialects.find((one) => one.id === id)
    if (dialect) return dialect
    const problem = `must be one of ${dialects.map((one) => one.id).join(', ')}`
    throw new SettingsError([{ field: 'dialect', problem }])
  }

  #readTargets(raw: string): readonly string[] | 'all' {
    const text = raw.trim()
    if (text === 'all') return 'all'
    if (text === 'none') return []
    const cidrs = [...new Set(text.split(',').map((one) => one.trim()))].sort()
    const faults = cidrs.flatMap((cidr) => {
      const problem = this.#deps.targets.problemOf(cidr)
      return problem === undefined ? [] : [{ field: 'allow', problem: `"${cidr}" ${problem}` }]
    })
    if (cidrs.length > MAX_TARGETS) {
      faults.push({ field: 'allow', problem: `must have at most ${MAX_TARGETS} ranges` })
    }
    if (faults.length > 0) throw new SettingsError(faults)
    return cidrs
  }

  #mergeSettings(
    portal: Portal,
    given: Readonly<Record<string, unknown>>,
  ): readonly PortalSetting[] {
    const dialect = this.#findDialect(portal.dialect)
    const isSecret = new Set(dialect.fields.filter((one) => one.secret).map(({ key }) => key))
    const shown = Object.entries(portal.settings).filter(([key]) => !isSecret.has(key))
    return readFields(dialect, { ...Object.fromEntries(shown), ...given }, portal.settings)
  }
}

function readFields(
  dialect: DialectDescriptor,
  raw: Readonly<Record<string, unknown>>,
  stored: Readonly<Record<string, string>>,
): PortalSetting[] {
  const values = readSettings(dialect.fields, raw, stored)
  const faults = dialect.checkSettings?.(values) ?? []
  if (faults.length > 0) throw new SettingsError(faults)
  return dialect.fields.flatMap(({ key, secret, isIdentifier = false }) => {
    const value = values[key]
    return value === undefined ? [] : [{ key, value, isSecret: secret, isIdentifier }]
  })
}

function check(
  // Absent: the one that is there, which was taken by the rules of its day.
  { name, url }: { readonly name: string | undefined; readonly url: string },
  pace: PortalPace,
): void {
  const problem = checkUrl(url)
  const named = name === undefined ? undefined : checkName(name)
  const faults = [
    ...(named === undefined ? [] : [{ field: 'name', problem: named }]),
    ...(problem === undefined ? [] : [{ field: 'url', problem }]),
    ...checkPace(pace),
  ]
  if (faults.length > 0) throw new SettingsError(faults)
}

function checkName(name: string): string | undefined {
  if (name.trim() === '' || name.length > MAX_NAME) return `must have 1 to ${MAX_NAME} characters`
  return nameProblem(name)
}

function checkUrl(url: string): string | undefined {
  if (url.length > MAX_URL) return `must have at most ${MAX_URL} characters`
  const target = URL.parse(url)
  if (target?.protocol !== 'https:' && target?.protocol !== 'http:') {
    return 'must begin with https:// or http://'
  }
  // No speaker sends them: the portal would refuse everything, and nobody would see why.
  return target.username || target.password ? 'must not hold a user name or password' : undefined
}

function isTaken(field: string): SettingsError {
  return new SettingsError([{ field, problem: "is another portal's already" }])
}
