import { badCursor, readCodeCursor } from '../../core/cursor.ts'
import { HubError, ParamsError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import { parseRunId, runId } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import type { LinePlace } from '../../core/line-place.ts'
import { readIsoInstant } from '../../core/shapes/comm-fields.ts'
import {
  type Broadcast,
  type BroadcastConfig,
  deleteBroadcast,
  findBroadcast,
  listBroadcasts,
  saveBroadcast,
} from '../../db/communications/broadcasts.ts'
import { stirLineAt } from '../../db/communications/lines.ts'
import { moveRunByHand } from '../../db/communications/run-controls.ts'
import {
  findRun,
  insertRun,
  listRuns,
  type Run,
  type RunCounts,
} from '../../db/communications/runs.ts'
import { codesOf, type Script } from '../../db/communications/scripts.ts'
import { beginsWithTemplate, matchRecipients } from '../broadcasts/matching.ts'
import { Programs } from '../engine/programs.ts'
import type { ScriptRef } from '../script/steps.ts'
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

export interface BroadcastInput {
  readonly code: string
  readonly name?: string | undefined
  readonly script: ScriptRef
  /** Instants are ISO 8601. */
  readonly filter: {
    readonly tags?: readonly string[] | undefined
    readonly notTags?: readonly string[] | undefined
    readonly seenAfter?: string | undefined
    readonly seenBefore?: string | undefined
    readonly language?: string | undefined
    readonly condition?: string | undefined
  }
  readonly ratePerMinute?: number | undefined
  readonly quietHours?: BroadcastConfig['quietHours'] | undefined
  readonly optOut?: readonly string[] | undefined
}

export interface BroadcastView {
  readonly id: number
  readonly code: string
  readonly name?: string
  readonly script: ScriptRef
  readonly filter: JsonObject
  readonly ratePerMinute?: number
  readonly quietHours?: NonNullable<BroadcastConfig['quietHours']>
  readonly optOut?: readonly string[]
  readonly createdAt: string
  readonly updatedAt: string
}

export interface RunView extends RunCounts {
  readonly state: Run['state']
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly etaSec?: number
}

export interface ListedRun extends RunView {
  readonly run: string
  readonly createdAt: string
}

export interface BroadcastOperationDeps extends OperationDeps {
  answerWindowMs(connector: string): number | undefined
}

const SAMPLE = 10
const PAGE = 1000

/**
 * What can be done with broadcasts and their runs. Throws ParamsError, HubError `HUB_UNKNOWN_BROADCAST`, `HUB_UNKNOWN_SCRIPT`,
 * `HUB_UNKNOWN_RUN`, `HUB_WRONG_STATE`; StoreUnavailableError.
 */
export class BroadcastOperations {
  readonly #deps: BroadcastOperationDeps
  readonly #scripts: ScriptOperations
  readonly #programs: Programs

  constructor(deps: BroadcastOperationDeps, scripts: ScriptOperations) {
    this.#deps = deps
    this.#scripts = scripts
    this.#programs = new Programs(deps.store)
  }

  async save(
    place: LinePlace,
    input: BroadcastInput,
  ): Promise<{ readonly id: number; readonly code: string }> {
    const { store, clock } = this.#deps
    const script = await this.check(place, input)
    const { lineId, portalId } = place
    const { code, name, ratePerMinute, quietHours, optOut } = input
    const config = {
      filter: toFilter(input.filter),
      ...given({ ratePerMinute, quietHours, optOut }),
    }
    const broadcast = { lineId, portalId, code, ...given({ name }), scriptId: script.id, config }
    const id = await store.transaction(async (trx) => {
      const isNew = (await findBroadcast(trx, lineId, code)) === undefined
      if (isNew) await requireRoom(trx, 'broadcast', lineId)
      return await saveBroadcast(trx, broadcast, clock.now())
    })
    return { id, code }
  }

  /** Whether it can be saved. Gives its script. */
  async check(place: LinePlace, { filter, script }: BroadcastInput): Promise<Script> {
    const { condition } = filter
    const faults =
      condition === undefined
        ? []
        : await this.#scripts.checkSources([
            { field: 'filter.condition', kind: 'code', source: condition },
          ])
    if (faults.length > 0) throw new ParamsError(faults)
    return await this.#scripts.find(place, script)
  }

  async find(place: LinePlace, ref: ScriptRef): Promise<Broadcast> {
    const broadcast = await findBroadcast(this.#deps.store, place.lineId, ref)
    if (!broadcast) throw unknown('HUB_UNKNOWN_BROADCAST', 'broadcast')
    return broadcast
  }

  async list(
    { lineId }: LinePlace,
    { limit = DEFAULT_LIMIT, cursor }: Paging,
  ): Promise<{ readonly items: readonly BroadcastView[]; readonly cursor?: string }> {
    const page = { lineId, limit: limit + 1, ...given({ after: readCodeCursor(cursor) }) }
    const found = await listBroadcasts(this.#deps.store, page)
    const shown = found.slice(0, limit)
    const codes = await codesOf(
      this.#deps.store,
      shown.map(({ scriptId }) => scriptId),
    )
    const items = shown.map((one) => toView(one, codes))
    return { items, ...given({ cursor: found.length > limit ? items.at(-1)?.code : undefined }) }
  }

  /** Runs that are under way go on. */
  async delete(place: LinePlace, ref: ScriptRef): Promise<void> {
    const { code } = await this.find(place, ref)
    await deleteBroadcast(this.#deps.store, place.lineId, code)
  }

  /** Whom a run would take now, those whom it would pass over left out. */
  async preview(
    place: LinePlace,
    ref: ScriptRef,
  ): Promise<{ readonly matches: number; readonly sample: readonly number[] }> {
    const { store, clock } = this.#deps
    const { config, scriptId } = await this.find(place, ref)
    await this.#deps.recipientBook.flush()
    const loaded = await this.#programs.load(place, scriptId)
    const answerWindowMs = this.#deps.answerWindowMs(place.connector)
    const window = {
      ...given({ answerWindowMs }),
      beginsWithTemplate:
        loaded !== undefined && (await beginsWithTemplate(this.#programs, place, loaded.program)),
    }
    const sample: number[] = []
    let matches = 0
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page = await matchRecipients(this.#deps, {
        ...{ lineId: place.lineId, filter: config.filter, window, after },
        ...{ limit: PAGE, now: clock.now() },
      })
      const taken = page.matched.filter(({ passed }) => passed === undefined)
      matches += taken.length
      sample.push(...taken.slice(0, SAMPLE - sample.length).map(({ lead }) => lead.lead))
      after = page.cursor
      await store.letOthersIn()
    }
    return { matches, sample }
  }

  async start(
    place: LinePlace,
    input: {
      readonly code: ScriptRef
      readonly at?: string | undefined
      readonly params?: JsonObject | undefined
    },
  ): Promise<{ readonly run: string }> {
    const { store, clock, wake } = this.#deps
    const broadcast = await this.find(place, input.code)
    const loaded = await this.#programs.load(place, broadcast.scriptId)
    if (!loaded) throw unknown('HUB_UNKNOWN_SCRIPT', 'script any more')
    await follow(this.#deps, place)
    await this.#deps.recipientBook.flush()
    const now = clock.now()
    const at = input.at === undefined ? now : (readIsoInstant(input.at) ?? now)
    const { params = {} } = input
    const run = { broadcast, scriptVersion: loaded.version, params, at }
    const id = await store.transaction(async (trx) => {
      const stir = stirLineAt(place.lineId, at)
      await trx.run(stir.sql, stir.bindings)
      const { sql, bindings } = insertRun(run, now)
      const { insertId } = await trx.run(sql, bindings)
      return insertId
    })
    wake(place.lineId)
    return { run: runId(id) }
  }

  /** A broadcast's runs, the latest first. The cursor is the last run's id. */
  async runs(
    place: LinePlace,
    ref: ScriptRef,
    { limit = DEFAULT_LIMIT, cursor }: Paging,
  ): Promise<{ readonly items: readonly ListedRun[]; readonly cursor?: string }> {
    const { id } = await this.find(place, ref)
    const before = cursor === undefined ? undefined : parseRunId(cursor)
    if (cursor !== undefined && before === undefined) {
      throw badCursor()
    }
    const page = { broadcastId: id, limit: limit + 1, ...given({ before }) }
    const found = await listRuns(this.#deps.store, page)
    const items = found.slice(0, limit).map((run) => ({
      run: runId(run.id),
      createdAt: iso(run.createdAt),
      ...this.#toRunView(run),
    }))
    return { items, ...given({ cursor: found.length > limit ? items.at(-1)?.run : undefined }) }
  }

  async run(place: LinePlace, id: string): Promise<RunView> {
    return this.#toRunView(await this.#findRun(place, id))
  }

  async #findRun({ lineId }: LinePlace, id: string): Promise<Run> {
    const number = parseRunId(id)
    const run = number === undefined ? undefined : await findRun(this.#deps.store, lineId, number)
    if (!run) throw unknown('HUB_UNKNOWN_RUN', 'run')
    return run
  }

  /** Nothing more is begun; jobs that are in the middle of their script stand still, too. */
  async pause(place: LinePlace, id: string): Promise<RunView> {
    return await this.#move(place, id, 'pause')
  }

  async resume(place: LinePlace, id: string): Promise<RunView> {
    return await this.#move(place, id, 'resume')
  }

  /** What was sent is sent; nothing else will be. */
  async cancel(place: LinePlace, id: string): Promise<RunView> {
    return await this.#move(place, id, 'cancel')
  }

  async #move(place: LinePlace, id: string, move: 'pause' | 'resume' | 'cancel'): Promise<RunView> {
    const { store, clock, wake } = this.#deps
    const run = await this.#findRun(place, id)
    const state = await moveRunByHand(store, { run, move }, clock.now())
    if (state !== AFTER[move] && !(move === 'resume' && state === 'scheduled')) {
      throw new HubError('HUB_WRONG_STATE', `the run is ${state}`)
    }
    wake(place.lineId)
    return await this.run(place, id)
  }

  #toRunView(run: Run): RunView {
    const { state, counts, startedAt, finishedAt } = run
    return {
      state,
      ...counts,
      ...(startedAt === undefined ? {} : { startedAt: iso(startedAt) }),
      ...(finishedAt === undefined ? {} : { finishedAt: iso(finishedAt) }),
      ...given({ etaSec: etaOf(run, this.#deps.clock.now()) }),
    }
  }
}

const AFTER = { pause: 'paused', resume: 'running', cancel: 'cancelled' } as const

/** By the pace so far, or by the rate that was asked for. */
function etaOf(
  { state, counts, config, startedAt, isExpanded }: Run,
  now: number,
): number | undefined {
  if (state !== 'running' || !isExpanded || startedAt === undefined) return undefined
  const done = counts.total - counts.queued
  if (config.ratePerMinute !== undefined)
    return Math.ceil((counts.queued * 60) / config.ratePerMinute)
  if (done <= 0) return undefined
  return Math.ceil(((now - startedAt) / 1000 / done) * counts.queued)
}

function toFilter(filter: BroadcastInput['filter']): BroadcastConfig['filter'] {
  const { tags, notTags, seenAfter, seenBefore, language, condition } = filter
  const instant = (text: string | undefined) => text && readIsoInstant(text)
  return given({
    ...{ tags, notTags, language, condition },
    seenAfter: instant(seenAfter),
    seenBefore: instant(seenBefore),
  })
}

function toView(broadcast: Broadcast, codes: ReadonlyMap<number, string>): BroadcastView {
  const { id, code, name, scriptId, config } = broadcast
  const { filter, ratePerMinute, quietHours, optOut } = config
  const { seenAfter, seenBefore, ...rest } = filter
  const instants = {
    ...(seenAfter === undefined ? {} : { seenAfter: iso(seenAfter) }),
    ...(seenBefore === undefined ? {} : { seenBefore: iso(seenBefore) }),
  }
  return {
    ...{ id, code },
    ...given({ name }),
    script: codes.get(scriptId) ?? scriptId,
    filter: { ...rest, ...instants },
    ...given({ ratePerMinute, quietHours, optOut }),
    createdAt: iso(broadcast.createdAt),
    updatedAt: iso(broadcast.updatedAt),
  }
}
