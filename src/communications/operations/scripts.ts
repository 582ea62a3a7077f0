import { readCodeCursor } from '../../core/cursor.ts'
import { type FieldFault, HubError, ParamsError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import type { LinePlace } from '../../core/line-place.ts'
import {
  deleteScript,
  findScript,
  listScripts,
  readAllSteps,
  readSteps as readStoredSteps,
  type Script,
  type ScriptRef,
  saveScript,
  usersOfScript,
} from '../../db/communications/scripts.ts'
import type { Transaction } from '../../db/engine/store.ts'
import { compile } from '../script/compile.ts'
import { findCycle } from '../script/cycles.ts'
import { readSteps, runsOf, type Step } from '../script/steps.ts'
import {
  DEFAULT_LIMIT,
  iso,
  type OperationDeps,
  type Paging,
  requireRoom,
  unknown,
} from './place.ts'
import { type Rehearsal, rehearse } from './rehearsal.ts'

export interface ScriptHead {
  readonly id: number
  readonly code: string
  readonly name?: string
  readonly version: number
  readonly createdAt: string
  readonly updatedAt: string
}

export interface ScriptInput {
  readonly code: string
  readonly name?: string | undefined
  readonly steps: unknown
}

/** Which scripts each of some scripts runs, by code. */
export type Runs = ReadonlyMap<string, readonly ScriptRef[]>

export interface CheckedScript extends ScriptInput {
  readonly steps: readonly Step[]
}

export interface SavedScript {
  readonly id: number
  readonly code: string
  readonly version: number
}

/** Those that are at fault run nothing: they can't be saved, and nothing with them. */
export function runsOfAll(inputs: readonly ScriptInput[]): Runs {
  return new Map(
    inputs.map(({ code, steps }) => {
      const read = readSteps(steps)
      return [code, 'steps' in read ? runsOf(read.steps) : []]
    }),
  )
}

/** What can be done with scripts. Throws ParamsError, HubError `HUB_UNKNOWN_SCRIPT`, `HUB_IN_USE`; StoreUnavailableError. */
export class ScriptOperations {
  readonly #deps: OperationDeps

  constructor(deps: OperationDeps) {
    this.#deps = deps
  }

  async save(place: LinePlace, input: ScriptInput): Promise<SavedScript> {
    const checked = await this.check(place, input)
    return await this.#deps.store.transaction((trx) => this.#keep(trx, place, checked))
  }

  /** Saves scripts that have passed `check`, all of them or none. */
  async saveAll(place: LinePlace, checked: readonly CheckedScript[]): Promise<SavedScript[]> {
    // In the order of their codes: two that save the same scripts at once wait for each other only one way.
    const ordered = checked.toSorted((a, b) => (a.code < b.code ? -1 : 1))
    const saved = new Map<string, SavedScript>()
    await this.#deps.store.transaction(async (trx) => {
      for (const one of ordered) saved.set(one.code, await this.#keep(trx, place, one))
    })
    return checked.flatMap(({ code }) => saved.get(code) ?? [])
  }

  async #keep(
    trx: Transaction,
    place: LinePlace,
    { code, name, steps }: CheckedScript,
  ): Promise<SavedScript> {
    const script = { ...place, code, ...given({ name }), steps: JSON.stringify(steps) }
    const isNew = (await findScript(trx, place.lineId, code)) === undefined
    if (isNew) await requireRoom(trx, 'script', place.lineId)
    const { id, version } = await saveScript(trx, script, this.#deps.clock.now())
    return { id, code, version }
  }

  /** Whether it can be saved, together with others if `beside` says what those run. Throws ParamsError. */
  async check(
    place: LinePlace,
    input: ScriptInput,
    beside: Runs = new Map(),
  ): Promise<CheckedScript> {
    const { code } = input
    return { ...input, steps: await this.checkSteps(place, input.steps, { code, beside }) }
  }

  /** Steps that can be saved: their form, their code and templates, and that they don't run each other in a circle. Throws ParamsError. */
  async checkSteps(
    place: LinePlace,
    raw: unknown,
    own?: { readonly code: string; readonly beside: Runs },
  ): Promise<readonly Step[]> {
    const read = readSteps(raw)
    const faults = 'faults' in read ? [...read.faults] : []
    const named = new Set(faults.map(({ field }) => field))
    const sources = read.sources.filter(({ path }) => !named.has(path))
    faults.push(
      ...(await this.checkSources(
        sources.map(({ path, kind, source }) => ({ field: path, kind, source })),
      )),
    )
    if ('faults' in read || faults.length > 0) throw new ParamsError(faults)
    const cycle = own && (await this.#findCycle(place, read.steps, own))
    if (cycle) {
      const problem = `scripts run each other in a circle: ${cycle.join(' → ')}`
      throw new ParamsError([{ field: 'steps', problem }])
    }
    return read.steps
  }

  /** What the sandbox says of code and templates. */
  async checkSources(
    sources: readonly {
      readonly field: string
      readonly kind: 'code' | 'template'
      readonly source: string
    }[],
  ): Promise<FieldFault[]> {
    if (sources.length === 0) return []
    const problems = await this.#deps.sandbox.check(sources)
    return sources.flatMap(({ field }, index) => {
      const problem = problems[index]
      return problem === undefined ? [] : [{ field, problem }]
    })
  }

  async #findCycle(
    { lineId }: LinePlace,
    steps: readonly Step[],
    { code, beside }: { readonly code: string; readonly beside: Runs },
  ): Promise<readonly string[] | undefined> {
    if (runsOf(steps).length === 0) return undefined
    const all = await readAllSteps(this.#deps.store, lineId)
    const codes = new Map(all.flatMap((one) => (one.code ? [[one.id, one.code] as const] : [])))
    const own = all.find((one) => one.code === code)
    const nameOf = (ref: ScriptRef): string => {
      if (typeof ref === 'string') return ref
      return ref === own?.id ? code : (codes.get(ref) ?? `#${ref}`)
    }
    const graph = new Map(
      all.flatMap((one) =>
        one.code
          ? [[one.code, runsOf(one.steps as unknown as readonly Step[]).map(nameOf)] as const]
          : [],
      ),
    )
    for (const [other, runs] of beside) graph.set(other, runs.map(nameOf))
    graph.set(code, runsOf(steps).map(nameOf))
    return findCycle(graph)
  }

  async get(
    place: LinePlace,
    code: ScriptRef,
  ): Promise<ScriptHead & { readonly steps: readonly JsonObject[] }> {
    const { store } = this.#deps
    const script = await this.find(place, code)
    const steps = (await readStoredSteps(store, script)) ?? []
    return { ...toHead(script), steps }
  }

  /** Of those that have a code. */
  async find(place: LinePlace, ref: ScriptRef): Promise<Script> {
    const script = await findScript(this.#deps.store, place.lineId, ref)
    if (!script?.code) throw unknown('HUB_UNKNOWN_SCRIPT', 'script')
    return script
  }

  async list(
    { lineId }: LinePlace,
    { limit = DEFAULT_LIMIT, cursor }: Paging,
  ): Promise<{ readonly items: readonly ScriptHead[]; readonly cursor?: string }> {
    const page = { lineId, limit: limit + 1, ...given({ after: readCodeCursor(cursor) }) }
    const found = await listScripts(this.#deps.store, page)
    const items = found.slice(0, limit).map(toHead)
    return { items, ...given({ cursor: found.length > limit ? items.at(-1)?.code : undefined }) }
  }

  /** Jobs that run it go on with the version that they began with; those that have not begun fail. */
  async delete(place: LinePlace, code: ScriptRef): Promise<void> {
    const { store, clock } = this.#deps
    const script = await this.find(place, code)
    const users = await usersOfScript(store, script.id)
    if (users.length > 0) {
      throw new HubError('HUB_IN_USE', `the script is used by ${users.join(', ')}`)
    }
    await store.transaction((trx) => deleteScript(trx, place.lineId, script.id, clock.now()))
  }

  /** What a script would do for a recipient: nothing is sent, changed or called. */
  async test(
    place: LinePlace,
    input: {
      readonly code?: ScriptRef | undefined
      readonly steps?: unknown
      readonly lead: number
      readonly params?: JsonObject | undefined
    },
  ): Promise<Rehearsal> {
    const steps =
      input.code === undefined
        ? await this.checkSteps(place, input.steps)
        : ((await this.get(place, input.code)).steps as unknown as readonly Step[])
    const { lead, params = {} } = input
    return await rehearse(this.#deps, place, { program: compile(steps), lead, params })
  }
}

function toHead({ id, code = '', name, version, ...at }: Script): ScriptHead {
  const instants = { createdAt: iso(at.createdAt), updatedAt: iso(at.updatedAt) }
  return { id, code, ...given({ name }), version, ...instants }
}
