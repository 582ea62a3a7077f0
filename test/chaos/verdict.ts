import { setTimeout as sleep } from 'node:timers/promises'
import { missingOf } from './bitrix-verdict.ts'
import type { Stage } from './stage.ts'
import { readNumber } from './updates.ts'

const DRAIN_MS = 100_000
const POLL_MS = 250
const RECOVERY_LIMIT_MS = 10_000
const ERROR_LEVELS = new Set(['error', 'fatal'])

export interface Drain {
  /** From when all was well to when everything had arrived. */
  readonly ms: number
  readonly deadLetters: number
}

interface DeadRow {
  readonly line_id: number
  readonly seq: number
  readonly payload: string
  readonly reason: string
}

/** Waits until the queues are empty and compares what was taken with what has arrived. */
export async function drain(stage: Stage): Promise<Drain> {
  const { ledger } = stage
  const startedAt = Date.now()
  for (;;) {
    const dead = await readDead(stage)
    const missing = ledger.missing(new Set(dead.map(({ key }) => key)))
    const queued = await countQueued(stage)
    const isOver = Date.now() > startedAt + DRAIN_MS
    const isThrough = missing.length === 0 && queued === 0 && missingOf(stage.bitrix).length === 0
    if (isThrough || isOver) {
      if (missing.length > 0) {
        const told = missing.slice(0, 10).join(', ')
        ledger.violation(`${missing.length} updates never came (line number): ${told}`)
      }
      if (queued > 0) ledger.violation(`${queued} events are left: ${await describeQueue(stage)}`)
      checkDead(stage, dead)
      return { ms: Date.now() - startedAt, deadLetters: dead.length }
    }
    await sleep(POLL_MS)
  }
}

/** Recoveries that took too long, and what the hubs themselves call an error. */
export function checkRecoveries(
  stage: Stage,
  recoveries: readonly { what: string; lines: number; ms: number; disturbedMs: number }[],
): void {
  for (const { what, lines, ms, disturbedMs } of recoveries) {
    if (ms - disturbedMs <= RECOVERY_LIMIT_MS) continue
    stage.ledger.violation(
      `${lines} lines stood still for ${Math.round(ms)} ms after ${what} (disturbed ${disturbedMs} ms)`,
    )
  }
}

/** Kinds of log entries at `level` or of database errors, with how often they came. */
export function countLog(stage: Stage): {
  errors: Map<string, number>
  causes: Map<string, number>
} {
  const errors = new Map<string, number>()
  const causes = new Map<string, number>()
  const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1)
  for (const hub of stage.hubs) {
    for (const { level, event, err } of hub.readLog()) {
      if (ERROR_LEVELS.has(String(level))) count(errors, `${event}`)
      const cause = innermost(err)
      if (cause !== undefined) count(causes, `${event}: ${cause}`)
    }
  }
  return { errors, causes }
}

function innermost(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { cause, code, message } = error as Record<string, unknown>
  return innermost(cause) ?? String(code ?? message ?? 'unknown')
}

async function readDead(stage: Stage): Promise<{ key: string; line: number; row: DeadRow }[]> {
  const rows = await stage.rows<DeadRow>('SELECT line_id, seq, payload, reason FROM dead_letter')
  return rows.map((row) => {
    const line = stage.lineOf(row.line_id)
    const { message } = JSON.parse(row.payload) as { message?: { text?: string } }
    return { key: `${line} ${readNumber(message?.text)}`, line, row }
  })
}

function checkDead(stage: Stage, dead: Awaited<ReturnType<typeof readDead>>): void {
  for (const { key, line, row } of dead) {
    if (line >= 0 && stage.ledger.wasAskedToBury(line, Number(key.split(' ')[1]))) continue
    stage.ledger.violation(`dead letter nobody asked for: ${key}: ${row.reason}`)
  }
}

async function countQueued(stage: Stage): Promise<number> {
  const [row] = await stage.rows<{ n: number }>('SELECT COUNT(*) AS n FROM inbox_event')
  return row?.n ?? 0
}

async function describeQueue(stage: Stage): Promise<string> {
  const rows = await stage.rows(
    `SELECT l.line_id, l.due_at, l.owner, p.state, l.attempt, l.locked_until, l.ack_until, l.probe_size, l.seq,
      COUNT(*) AS depth, MIN(e.seq) AS first_seq
     FROM inbox_line l JOIN inbox_event e ON e.line_id = l.line_id LEFT JOIN hub_process p ON p.token = l.owner
     GROUP BY l.line_id`,
  )
  return JSON.stringify({ now: Date.now(), rows })
}
