import { given } from '../../core/given.ts'
import { runId } from '../../core/ids.ts'
import { findBroadcastCode } from '../../db/communications/broadcasts.ts'
import { HELD, insertJobs, letJobsGo, moveJob } from '../../db/communications/jobs.ts'
import {
  hasBulkMessages,
  hasOpenJobs,
  moveRun,
  type Run,
  type RunCounts,
  readDueRuns,
  readHeldJobs,
  readOpenJobs,
  releaseJobs,
} from '../../db/communications/runs.ts'
import { insertIgnore } from '../../db/engine/sql.ts'
import type { Store } from '../../db/engine/store.ts'
import type { AfterCommit, HeldLine, LineWork } from '../engine/line-run.ts'
import type { Plan } from '../engine/plan.ts'
import { Programs } from '../engine/programs.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { quietEnd } from '../schedule/quiet-hours.ts'
import { beginsWithTemplate, matchRecipients, type Window } from './matching.ts'

export interface RunWorkDeps {
  readonly store: Store
  readonly sandbox: Sandbox
  answerWindowMs(connector: string): number | undefined
}

/** Recipients that are looked at in one commit. */
const PAGE = 1000
/** Jobs that are let go at once where no rate is asked for: what waits behind them in other scripts is held up for no longer. */
const MAX_RELEASE = 200
/** A run that could not let jobs go for a while, by quiet hours or a pause, doesn't make up for it in one burst. */
const MAX_BURST_MS = 5000
/** Jobs of a fast run go several at a time: a commit for each would cost more than they do. */
const MIN_PACE_MS = 250
/** Messages of mailings in the outbox of a line: nobody can call them back, so no more go there than a channel takes in seconds. */
const MAX_WAITING = 500
/** How often a run looks whether there is room for more. */
const ROOM_EVERY_MS = 500
const TELL_EVERY_MS = 10_000
/** How often a run is looked at whose scripts are under way, */
const LOOK_EVERY_MS = 2000
/** and one that waits for its messages alone. */
const WAIT_EVERY_MS = 5000

type Look = AfterCommit | undefined
const DONE: AfterCommit = () => undefined

/** Gathers the recipients of broadcasts, lets their jobs go at the pace that was asked for, and says how far it is. */
export class RunWork implements LineWork {
  readonly #deps: RunWorkDeps
  readonly #programs: Programs

  constructor(deps: RunWorkDeps) {
    this.#deps = deps
    this.#programs = new Programs(deps.store)
  }

  async plan(plan: Plan, held: HeldLine): Promise<Look> {
    const { store } = this.#deps
    const [run] = await readDueRuns(store, held.active.record.id, held.now)
    if (!run) return undefined
    if (run.state === 'cancelled') return await this.#cancel(plan, held, run)
    if (run.state === 'scheduled') return this.#start(plan, held, run)
    if (run.state !== 'running') return this.#rest(plan, run)
    if (!run.isExpanded) return await this.#expand(plan, held, run)
    return await this.#release(plan, held, run)
  }

  /** Somebody has paused it since it was last to be looked at. */
  #rest(plan: Plan, { id, state }: Run): Look {
    plan.add(moveRun({ id, runAt: null }, [state]))
    return DONE
  }

  #start(plan: Plan, { now, isConnected }: HeldLine, { id }: Run): Look {
    if (!isConnected) return undefined
    plan.add(moveRun({ id, state: 'running', runAt: now, startedAt: now }, ['scheduled']))
    return DONE
  }

  /** The next recipients become jobs, which wait until the run lets them go. Each recipient has one at most, whatever crashes. */
  async #expand(plan: Plan, held: HeldLine, run: Run): Promise<Look> {
    const { now, active } = held
    const { id, lineId, portalId, scriptId, scriptVersion, params } = run
    const { matched, cursor } = await matchRecipients(this.#deps, {
      ...{ lineId, filter: run.config.filter, after: run.cursorLead, limit: PAGE, now },
      window: await this.#windowOf(run, active.record.connector),
    })
    const counts: Partial<Record<keyof RunCounts, number>> = { total: matched.length }
    for (const { passed = 'queued' } of matched) counts[passed] = (counts[passed] ?? 0) + 1
    const jobs = matched.flatMap(({ lead, passed }) =>
      passed
        ? []
        : [
            {
              ...{ lineId, portalId, lead: lead.lead, kind: 'broadcast' as const },
              ...{ scriptId, scriptVersion, broadcastId: run.broadcastId, runId: id },
              ...{ dueAt: now, held: HELD.run, params, plan: {} },
            },
          ],
    )
    plan.add(...insertJobs(jobs, now, insertIgnore(this.#deps.store)))
    const further = cursor === undefined ? { isExpanded: true as const } : { cursorLead: cursor }
    plan.add(moveRun({ id, counts, runAt: now, ...further }, ['running']))
    return DONE
  }

  async #windowOf(
    { scriptId, scriptVersion, portalId, lineId }: Run,
    connector: string,
  ): Promise<Window> {
    const where = { portalId, lineId }
    const loaded = await this.#programs.load(where, scriptId, scriptVersion)
    return {
      ...given({ answerWindowMs: this.#deps.answerWindowMs(connector) }),
      beginsWithTemplate:
        loaded !== undefined && (await beginsWithTemplate(this.#programs, where, loaded.program)),
    }
  }

  async #release(plan: Plan, held: HeldLine, run: Run): Promise<Look> {
    const { now } = held
    const { ratePerMinute, quietHours } = run.config
    const quietUntil = quietHours && quietEnd(quietHours, now)
    if (quietUntil !== undefined) return await this.#lookAgain(plan, held, run, quietUntil)
    const allowed =
      ratePerMinute === undefined ? { count: MAX_RELEASE } : allowance(run, ratePerMinute, now)
    if (allowed.count === 0) return await this.#lookAgain(plan, held, run, allowed.nextAt ?? now)
    const ids = await readHeldJobs(this.#deps.store, run.id, allowed.count)
    if (ids.length === 0) return await this.#end(plan, held, run)
    if (await hasBulkMessages(this.#deps.store, run.lineId, MAX_WAITING)) {
      return await this.#lookAgain(plan, held, run, now + ROOM_EVERY_MS)
    }
    plan.add(...releaseJobs(ids, now))
    const nextAt =
      ratePerMinute === undefined ? now : now + Math.max(MIN_PACE_MS, 60_000 / ratePerMinute)
    const releasedAt = allowed.releasedAt === undefined ? now : allowed.releasedAt(ids.length)
    await this.#tell(plan, held, run)
    plan.add(
      moveRun({ id: run.id, runAt: Math.ceil(nextAt), releasedAt, ...toldAt(run, now) }, [
        'running',
      ]),
    )
    return DONE
  }

  async #end(plan: Plan, held: HeldLine, run: Run): Promise<Look> {
    const { now } = held
    const { store } = this.#deps
    if (await hasOpenJobs(store, run.id)) {
      return await this.#lookAgain(plan, held, run, now + LOOK_EVERY_MS)
    }
    if (run.counts.queued > 0) {
      return await this.#lookAgain(plan, held, run, now + WAIT_EVERY_MS)
    }
    plan.add(moveRun({ id: run.id, state: 'done', runAt: null, finishedAt: now }, ['running']))
    await this.#tellEnd(plan, held, run)
    return DONE
  }

  async #lookAgain(plan: Plan, held: HeldLine, run: Run, at: number): Promise<Look> {
    await this.#tell(plan, held, run)
    plan.add(moveRun({ id: run.id, runAt: Math.ceil(at), ...toldAt(run, held.now) }, ['running']))
    return DONE
  }

  async #cancel(plan: Plan, held: HeldLine, run: Run): Promise<Look> {
    const { now } = held
    const jobs = await readOpenJobs(this.#deps.store, run.id, PAGE)
    for (const { id, isCounted } of jobs) {
      plan.add(moveJob({ id, state: 'cancelled', attempt: 0, position: 0, finishedAt: now }))
      if (!isCounted) plan.count(run.id, 'queued', 'skipped')
    }
    plan.addLast(...letJobsGo(jobs.map(({ lead }) => lead)))
    if (jobs.length < PAGE) {
      plan.add(moveRun({ id: run.id, runAt: null, finishedAt: now }, ['cancelled']))
      const unsent = jobs.filter(({ isCounted }) => !isCounted).length
      const { queued, skipped } = run.counts
      const counts = { ...run.counts, queued: queued - unsent, skipped: skipped + unsent }
      await this.#tellEnd(plan, held, { ...run, counts })
    }
    return DONE
  }

  async #tell(plan: Plan, { now }: HeldLine, run: Run): Promise<void> {
    if (!isToBeTold(run, now)) return
    plan.tell({
      type: 'broadcast.progress',
      at: new Date(now).toISOString(),
      run: runId(run.id),
      broadcast: await this.#codeOf(run),
      state: 'running',
      ...run.counts,
    })
  }

  async #tellEnd(plan: Plan, { now }: HeldLine, run: Run): Promise<void> {
    plan.tell({
      type: 'broadcast.finished',
      at: new Date(now).toISOString(),
      run: runId(run.id),
      broadcast: await this.#codeOf(run),
      state: run.state === 'cancelled' ? 'cancelled' : 'done',
      ...run.counts,
    })
  }

  async #codeOf({ broadcastId }: Run): Promise<string> {
    return (await findBroadcastCode(this.#deps.store, broadcastId)) ?? String(broadcastId)
  }
}

function isToBeTold({ toldAt: at, startedAt = 0 }: Run, now: number): boolean {
  return now - Math.max(at ?? 0, startedAt) >= TELL_EVERY_MS
}

function toldAt(run: Run, now: number): { readonly toldAt?: number } {
  return isToBeTold(run, now) ? { toldAt: now } : {}
}

interface Allowance {
  readonly count: number
  readonly nextAt?: number
  /** When the last of so many is let go, as far as the pace is concerned. */
  readonly releasedAt?: (count: number) => number
}

/** How many jobs a rate lets go now. */
function allowance({ releasedAt }: Run, ratePerMinute: number, now: number): Allowance {
  const everyMs = 60_000 / ratePerMinute
  if (releasedAt === undefined) return { count: 1, releasedAt: () => now }
  const from = Math.max(releasedAt, now - Math.max(MAX_BURST_MS, everyMs))
  const count = Math.min(MAX_RELEASE, Math.floor((now - from) / everyMs))
  return {
    count,
    nextAt: from + everyMs,
    releasedAt: (taken) => Math.round(from + taken * everyMs),
  }
}
