import { setTimeout as sleep } from 'node:timers/promises'
import type { Disturbances } from './disturbances.ts'
import type { Stage } from './stage.ts'

/** How long the lines that a process held stood still when something befell it. */
export interface Recovery {
  readonly what: string
  /** Lines it held; only those whose portal was well all the time count. */
  readonly lines: number
  /** Until the last of them moved on. Infinity: one didn't while it was watched. */
  readonly ms: number
  /** Milliseconds of that in which the store or another hub was away too. */
  readonly disturbedMs: number
}

const PATIENCE_MS = 20_000
const POLL_MS = 20
/** What was on its way when the process was ended may still arrive. */
const IN_FLIGHT_MS = 100

/** Lines of the ledger that the process with this id holds, by the store. */
export async function findHeld(stage: Stage, pid: number): Promise<number[]> {
  const rows = await stage.rows<{ line_id: number }>(
    `SELECT l.line_id FROM inbox_line l JOIN hub_process p ON p.token = l.owner
     WHERE p.pid = ? AND p.state = 'live'`,
    [pid],
  )
  return rows.map((row) => stage.lineOf(row.line_id)).filter((line) => line >= 0)
}

/** Resolves when all of `held` have moved on, or after 20 s. */
export async function watchRecovery(
  stage: Stage,
  disturbances: Disturbances,
  order: { readonly what: string; readonly held: readonly number[]; readonly since: number },
): Promise<Recovery> {
  const { ledger } = stage
  const { what, held, since } = order
  const isFair = (line: number) => stage.portalOf(line).calmSince < since
  let lines = held.filter(isFair)
  const movedAt = new Map<number, number>()
  while (Date.now() < since + PATIENCE_MS) {
    for (const line of lines) {
      const at = ledger.lastArrival(line)
      if (!movedAt.has(line) && at > since + IN_FLIGHT_MS) movedAt.set(line, at)
    }
    // A portal that has gone wrong meanwhile no longer tells anything.
    lines = lines.filter((line) => movedAt.has(line) || isFair(line))
    if (lines.every((line) => movedAt.has(line))) break
    await sleep(POLL_MS)
  }
  const last = Math.max(
    since,
    ...lines.map((line) => movedAt.get(line) ?? Number.POSITIVE_INFINITY),
  )
  const disturbedMs = disturbances.within(since, Math.min(last, Date.now()))
  return { what, lines: lines.length, ms: last - since, disturbedMs }
}
