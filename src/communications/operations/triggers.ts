import { readCodeCursor } from '../../core/cursor.ts'
import { type FieldFault, ParamsError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import type { LinePlace } from '../../core/line-place.ts'
import {
  codesOf,
  deleteScript,
  readSteps,
  type Script,
  saveScript,
  versionsOf,
} from '../../db/communications/scripts.ts'
import {
  deleteTrigger,
  findTrigger,
  insertTrigger,
  listTriggers,
  type Trigger,
  updateTrigger,
} from '../../db/communications/triggers.ts'
import type { Transaction } from '../../db/engine/store.ts'
import type { ScriptRef, Step } from '../script/steps.ts'
import {
  DEFAULT_LIMIT,
  follow,
  iso,
  type OperationDeps,
  type Paging,
  requireRoom,
  unknown,
} from './place.ts'
import type { ScriptOperations } from './scripts.ts'

export interface TriggerInput {
  readonly code: string
  readonly name?: string | undefined
  readonly on: readonly string[]
  readonly condition?: string | undefined
  readonly script?: ScriptRef | undefined
  readonly steps?: unknown
  readonly cooldownSec?: number | undefined
  readonly enabled?: boolean | undefined
}

export interface TriggerView {
  readonly id: number
  readonly code: string
  readonly name?: string
  readonly on: readonly string[]
  readonly condition?: string
  readonly script?: string
  readonly steps?: readonly JsonObject[]
  readonly cooldownSec?: number
  readonly enabled: boolean
  readonly createdAt: string
  readonly updatedAt: string
}

/** What can be done with triggers. Throws ParamsError, HubError `HUB_UNKNOWN_TRIGGER`, `HUB_UNKNOWN_SCRIPT`; StoreUnavailableError. */
export class TriggerOperations {
  readonly #deps: OperationDeps
  readonly #scripts: ScriptOperations

  constructor(deps: OperationDeps, scripts: ScriptOperations) {
    this.#deps = deps
    this.#scripts = scripts
  }

  async save(
    place: LinePlace,
    input: TriggerInput,
  ): Promise<{ readonly id: number; readonly code: string }> {
    const { store, clock } = this.#deps
    const { steps, script } = await this.check(place, input)
    await follow(this.#deps, place)
    const now = clock.now()
    const id = await store.transaction(async (trx) => {
      const before = await findTrigger(trx, place.lineId, input.code)
      const scriptId = script?.id ?? (await saveOwn(trx, place, { steps, before }, now))
      const { name, on, condition, cooldownSec, enabled = true } = input
      const next = {
        ...{ lineId: place.lineId, portalId: place.portalId, code: input.code },
        ...{ on, scriptId, hasSteps: script === undefined, isEnabled: enabled },
        ...given({ name, condition, cooldownSec }),
      }
      if (!before) {
        await requireRoom(trx, 'comm_trigger', place.lineId)
        return await insertTrigger(trx, next, now)
      }
      await updateTrigger(trx, before.id, next, now)
      const isOldOwn = before.hasSteps && before.scriptId !== scriptId
      if (isOldOwn) await deleteScript(trx, place.lineId, before.scriptId, now)
      return before.id
    })
    return { id, code: input.code }
  }

  /** Whether it can be saved. Gives its own steps, or the script that it starts. */
  async check(
    place: LinePlace,
    input: TriggerInput,
  ): Promise<{ readonly steps: readonly Step[]; readonly script?: Script }> {
    const { steps, faults } = await this.#faultsOf(place, input)
    if (faults.length > 0) throw new ParamsError(faults)
    if (input.script === undefined) return { steps }
    return { steps, script: await this.#scripts.find(place, input.script) }
  }

  async #faultsOf(
    place: LinePlace,
    { condition, steps }: TriggerInput,
  ): Promise<{ readonly steps: readonly Step[]; readonly faults: readonly FieldFault[] }> {
    const faults =
      condition === undefined
        ? []
        : await this.#scripts.checkSources([
            { field: 'condition', kind: 'code', source: condition },
          ])
    if (steps === undefined) return { steps: [], faults }
    try {
      return { steps: await this.#scripts.checkSteps(place, steps), faults }
    } catch (error) {
      if (!(error instanceof ParamsError)) throw error
      return { steps: [], faults: [...faults, ...error.fields] }
    }
  }

  async get(place: LinePlace, ref: ScriptRef): Promise<TriggerView> {
    const { store } = this.#deps
    const trigger = await this.find(place, ref)
    const { scriptId: id } = trigger
    const view = toView(trigger, await codesOf(store, [id]))
    const version = (await versionsOf(store, [id])).get(id)
    if (!trigger.hasSteps || version === undefined) return view
    return { ...view, ...given({ steps: await readSteps(store, { id, version }) }) }
  }

  async find(place: LinePlace, ref: ScriptRef): Promise<Trigger> {
    const trigger = await findTrigger(this.#deps.store, place.lineId, ref)
    if (!trigger) throw unknown('HUB_UNKNOWN_TRIGGER', 'trigger')
    return trigger
  }

  /** Without their own steps: `get` has them. */
  async list(
    { lineId }: LinePlace,
    { limit = DEFAULT_LIMIT, cursor }: Paging,
  ): Promise<{ readonly items: readonly TriggerView[]; readonly cursor?: string }> {
    const page = { lineId, limit: limit + 1, ...given({ after: readCodeCursor(cursor) }) }
    const found = await listTriggers(this.#deps.store, page)
    const shown = found.slice(0, limit)
    const codes = await codesOf(
      this.#deps.store,
      shown.map(({ scriptId }) => scriptId),
    )
    const items = shown.map((trigger) => toView(trigger, codes))
    return { items, ...given({ cursor: found.length > limit ? items.at(-1)?.code : undefined }) }
  }

  /** Jobs that it has started go on. */
  async delete(place: LinePlace, ref: ScriptRef): Promise<void> {
    const trigger = await this.find(place, ref)
    const now = this.#deps.clock.now()
    await this.#deps.store.transaction(async (trx) => {
      await deleteTrigger(trx, trigger.id)
      if (trigger.hasSteps) await deleteScript(trx, place.lineId, trigger.scriptId, now)
    })
  }
}

/** The steps of a trigger are a script of its own, a new version of the one that it had. */
async function saveOwn(
  trx: Transaction,
  { lineId, portalId }: LinePlace,
  { steps }: { readonly steps: readonly Step[]; readonly before: Trigger | undefined },
  now: number,
): Promise<number> {
  const { id } = await saveScript(trx, { lineId, portalId, steps: JSON.stringify(steps) }, now)
  return id
}

function toView(trigger: Trigger, codes: ReadonlyMap<number, string>): TriggerView {
  const { id, code, name, on, condition, scriptId, cooldownSec, isEnabled } = trigger
  return {
    ...{ id, code },
    ...given({ name }),
    on,
    ...given({ condition, script: trigger.hasSteps ? undefined : codes.get(scriptId) }),
    ...given({ cooldownSec }),
    enabled: isEnabled,
    createdAt: iso(trigger.createdAt),
    updatedAt: iso(trigger.updatedAt),
  }
}
