import type { CommBooks } from './comm-books.ts'
import { isOpen } from './comm-facts.ts'
import type { Town } from './comm-town.ts'
import { Violation } from './invariants.ts'

/** Is there nothing left to do? */
export function isAllDone(town: Town): boolean {
  const [left] = town.rows(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM job WHERE finished_at IS NULL) OR EXISTS (SELECT 1 FROM comm_event)
     OR EXISTS (SELECT 1 FROM broadcast_run WHERE finished_at IS NULL) OR EXISTS (SELECT 1 FROM comm_line WHERE owner IS NOT NULL OR due_at IS NOT NULL)
     OR EXISTS (SELECT 1 FROM recipient WHERE is_dialog_open = 1)`,
  )
  return left === undefined
}

/** Nothing was forgotten, and everybody was counted once. */
export function checkCommEnd(town: Town, books: CommBooks, now: number): void {
  for (const { row } of books.jobs.values()) {
    if (isOpen(row.state)) {
      const { id, state, runAt, held, lead } = row
      const inMs = runAt === null ? 'never' : `in ${runAt - now} ms`
      throw new Violation(
        `job ${id} of ${lead} is forgotten: ${state}, looked at ${inMs}, held ${held}`,
      )
    }
  }
  for (const run of town.rows<RunRow>('SELECT * FROM broadcast_run')) {
    checkRun(town, books, run)
    checkReach(town, run)
  }
  const [event] = town.rows<object>('SELECT * FROM comm_event LIMIT 1')
  if (event) throw new Violation(`an event was not looked at: ${JSON.stringify(event)}`)
  const [line] = town.rows<object>(
    'SELECT * FROM comm_line WHERE owner IS NOT NULL OR due_at IS NOT NULL LIMIT 1',
  )
  if (line) throw new Violation(`a line has nothing to do, and yet: ${JSON.stringify(line)}`)
  const [open] = town.rows<{ lead: number }>('SELECT lead FROM recipient WHERE is_dialog_open = 1')
  if (open) throw new Violation(`the dialog of recipient ${open.lead} was not closed`)
}

interface RunRow {
  readonly id: number
  readonly line_id: number
  readonly broadcast_id: number
  readonly state: string
  readonly total: number
  readonly queued: number
  readonly sent: number
  readonly delivered: number
  readonly read_count: number
  readonly failed: number
  readonly skipped: number
  readonly blocked: number
  readonly outside_window: number
  readonly finished_at: number | null
}

function checkRun(town: Town, books: CommBooks, run: RunRow): void {
  const name = `run ${run.id} (${run.state})`
  if (run.finished_at === null) throw new Violation(`${name} has not ended`)
  const { total, queued, sent, delivered, failed, skipped, blocked } = run
  const parts = { queued, sent, delivered, read: run.read_count, failed, skipped, blocked }
  const counts = { ...parts, outside: run.outside_window }
  const sum = Object.values(counts).reduce((all, count) => all + count, 0)
  const shown = JSON.stringify({ total, ...counts })
  if (sum !== total || Object.values(counts).some((count) => count < 0)) {
    throw new Violation(`the counts of ${name} don't add up: ${shown}`)
  }
  const jobs = [...books.jobs.values()].filter(({ row }) => row.runId === run.id)
  const states = countMessages(town, run.id)
  for (const [state, count] of Object.entries(states)) {
    const counted = state === 'failed' ? failed + run.outside_window : countOf(run, state)
    const unsent =
      state === 'failed'
        ? jobs.filter(({ row, sent }) => row.state === 'failed' && sent === 0).length
        : 0
    if (counted !== count + unsent) {
      throw new Violation(`${name} counts ${shown}, and its messages are ${JSON.stringify(states)}`)
    }
  }
  const counting = Object.values(states).reduce((all, count) => all + count, 0)
  const sending = jobs.filter(({ sent: messages }) => messages > 0).length
  if (counting !== sending)
    throw new Violation(`${name} counts ${counting} of ${sending} jobs by messages`)
  if (jobs.length > total)
    throw new Violation(`${name} has ${jobs.length} jobs and counts ${shown}`)
}

/** A broadcast to everybody has reached all who were there from the beginning and have never left it. */
function checkReach(town: Town, run: RunRow): void {
  if (run.state !== 'done') return
  const [missed] = town.rows<{ lead: number }>(
    `SELECT r.lead FROM recipient r JOIN broadcast b ON b.id = ?
     WHERE b.code = 'slow' AND r.line_id = ? AND r.chat_id LIKE 'c%' AND r.tags NOT LIKE '%unsubscribed%'
     AND NOT EXISTS (SELECT 1 FROM job j WHERE j.run_id = ? AND j.lead = r.lead)`,
    [run.broadcast_id, run.line_id, run.id],
  )
  if (missed) throw new Violation(`run ${run.id} has passed over recipient ${missed.lead}`)
}

function countOf(run: RunRow, state: string): number {
  if (state === 'sent') return run.sent
  if (state === 'delivered') return run.delivered
  return state === 'read' ? run.read_count : run.queued
}

/** How the messages stand by which recipients are counted. */
function countMessages(town: Town, runId: number): Record<string, number> {
  const rows = town.rows<{ state: string; count: number }>(
    `SELECT o.state, COUNT(*) AS count FROM comm_message m JOIN outbox_message o ON o.line_id = m.line_id AND o.seq = m.seq
     WHERE m.run_id = ? AND m.is_counted = 1 GROUP BY o.state`,
    [runId],
  )
  const none = { queued: 0, sent: 0, delivered: 0, read: 0, failed: 0 }
  return { ...none, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) }
}
