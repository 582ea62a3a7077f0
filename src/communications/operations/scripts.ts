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

/** What can be done with scripts. Throws ParamsError, HubError `HUB_UNKNOWN_SCRIPT`, `HUB_IN_USE`; StoreUnavailableError. */
export class ScriptOperations {
  readonly #deps: OperationDeps

  constructor(deps: OperationDeps) {
    this.#deps = deps
  }

  async save(
    place: LinePlace,
    input: { readonly code: string; readonly name?: string | undefined; readonly steps: unknown },
  ): Promise<{ readonly id: number; readonly code: string; readonly version: number }> {
    const { store, clock } = this.#deps
    const { code, name } = input
    const steps = await this.checkSteps(place, input.steps, code)
    const script = { ...place, code, ...given({ name }), steps: JSON.stringify(steps) }
    const saved = await store.transaction(async (trx) => {
      const isNew = (await findScript(trx, place.lineId, code)) === undefined
      if (isNew) await requireRoom(trx, 'script', place.lineId)
      return await saveScript(trx, script, clock.now())
    })
    return { id: saved.id, code, version: saved.version }
  }

  /** Steps that can be saved: their form, their code and templates, and that they don't run each other in a circle. Throws ParamsError. */
  async checkSteps(place: LinePlace, raw: unknown, code?: string): Promise<readonly Step[]> {
    const read = readSteps(raw)
    if ('faults' in read) throw new ParamsError(read.faults)
    const faults = await this.checkSources(
      read.sources.map(({ path, kind, source }) => ({ field: path, kind, source })),
    )
    if (faults.length > 0) throw new ParamsError(faults)
    const cycle = await this.#findCycle(place, read.steps, code)
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
    code: string | undefined,
  ): Promise<readonly string[] | undefined> {
    if (code === undefined || runsOf(steps).length === 0) return undefined
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
    const page = { lineId, limit: limit + 1, ...given({ after: cursor }) }
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
