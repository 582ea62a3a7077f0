import type { Actor, LineBook } from './ledger.ts'
import type { LineRow } from './sim-database.ts'

export interface LineRules {
  readonly ladderMs: readonly number[]
  /** By how much the clocks of two processes may differ. */
  readonly toleranceMs: number
}

/** A settle may be on its way for so long: several tries with a slow store. */
const LONGEST_ANSWER_MS = 60_000

/** What a commit may do to a line's row. Gives what is wrong with it. */
export function checkTransition(
  line: LineBook,
  before: LineRow,
  actor: Actor,
  rules: LineRules,
  now: number,
): string | undefined {
  const { row } = line
  noteSigns(line, before, actor, now)
  const wrong = checkOwner(line, before) ?? checkAck(before, row, actor, rules)
  if (wrong || isExcused(line, now)) return wrong
  return checkCount(row, before, rules) ?? checkLock(line, before, actor, rules)
}

/** Keeps the books of what can't be seen from the row itself. */
function noteSigns(line: LineBook, before: LineRow, actor: Actor, now: number): void {
  const { row } = line
  if (row.purgeUntil > before.purgeUntil) line.purgedAt = now
  if (row.nudgedAt !== before.nudgedAt) line.isAhead = true
  if (row.attempt > before.attempt || row.attempt === 0) line.isAhead = false
  // A try ahead of the ladder has failed: the lock is as it was, and the next sign has to be waited for.
  const isSettled = row.owner === null && before.owner === actor.token
  if (isSettled && row.dueAt !== null && row.dueAt === row.lockedUntil) line.isAhead = false
  const isCleared = before.ackUntil !== null && row.ackUntil === null && row.attempt === 0
  if (row.owner === null && row.dueAt === null && row.attempt === 0) line.isCrossed = false
  if (isCleared && row.owner !== null) line.isCrossed = true
  if (before.owner !== null && row.owner === null && before.owner !== actor.token) {
    line.endedLeases.add(before.owner)
  }
}

/**
 * A settle from before a purge, or one that a late confirmation has crossed, may leave its lock behind on the line:
 * harmless, for it is a step of the ladder all the same.
 */
function isExcused({ purgedAt, isCrossed }: LineBook, now: number): boolean {
  return isCrossed || now - purgedAt < LONGEST_ANSWER_MS
}

function checkOwner({ row }: LineBook, before: LineRow): string | undefined {
  if (row.owner !== null && row.dueAt !== null) return 'both held and due'
  if (row.owner !== null && before.owner !== null && row.owner !== before.owner) {
    return 'taken from the process that holds it'
  }
  return undefined
}

function checkCount(row: LineRow, before: LineRow, { ladderMs }: LineRules): string | undefined {
  const isClimb = row.attempt === before.attempt + 1
  if (row.attempt !== 0 && row.attempt !== before.attempt && !isClimb) {
    return `the count went from ${before.attempt} to ${row.attempt}`
  }
  if (row.attempt > ladderMs.length) return 'the count is beyond the ladder'
  return undefined
}

function checkLock(
  { row, lastEndAt }: LineBook,
  before: LineRow,
  actor: Actor,
  { ladderMs, toleranceMs }: LineRules,
): string | undefined {
  if (row.attempt === 0) return row.lockedUntil === null ? undefined : 'locked without a failure'
  const until = row.lockedUntil ?? 0
  if (row.attempt === before.attempt) {
    return until < (before.lockedUntil ?? 0) ? 'the lock became shorter' : undefined
  }
  const step = ladderMs[before.attempt] ?? 0
  const failedAt = Math.max(lastEndAt, before.ackUntil ?? 0)
  if (until < failedAt + step - toleranceMs) return 'the lock is shorter than its step'
  const longest = ladderMs.reduce((sum, each) => sum + each, 0)
  if (until > actor.now() + longest + toleranceMs) return 'the lock is longer than the ladder'
  const isEarly = actor.now() + toleranceMs < (before.lockedUntil ?? 0)
  return isEarly ? 'the count climbed before the lock had run out' : undefined
}

function checkAck(
  before: LineRow,
  row: LineRow,
  actor: Actor,
  { toleranceMs }: LineRules,
): string | undefined {
  const isMissed = before.ackUntil !== null && row.ackUntil === null && row.attempt > before.attempt
  const isEarly = actor.now() + toleranceMs < (before.ackUntil ?? 0)
  return isMissed && isEarly ? 'a confirmation was given up before its time' : undefined
}
