import { inPieces } from '../engine/pieces.ts'
import { insertIgnore, markRows, marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** How often at most a line's channel is asked because somebody wants it. */
export const ASK_EVERY_MS = 60_000
/** A check that was begun and never ended is begun anew after this: longer than any check may take. */
const CLAIM_MS = 30_000

export interface CheckClaim {
  /** The most lines whose regular time has come. */
  readonly scheduled: number
  /** The most lines of which a check is wanted at once. */
  readonly asked: number
}

/**
 * Takes lines that are to be checked, those that have waited longest first, in three statements however many they are.
 * Nothing holds them but their time: what a process that dies had taken is due again soon, and checking a line twice does
 * no harm.
 */
export async function claimChecks(
  store: Store,
  { scheduled, asked }: CheckClaim,
  now: number,
): Promise<number[]> {
  const urgent = await find(store, 'asked_at', asked, now)
  const due = await find(store, 'due_at', scheduled + asked - urgent.length, now)
  const ids = [...new Set([...urgent, ...due])]
  if (ids.length === 0) return []
  await store.run(
    `UPDATE line_health SET due_at = ?, asked_at = NULL, tried_at = ? WHERE line_id IN ${marks(ids.length)}`,
    [now + CLAIM_MS, now, ...ids],
  )
  return ids
}

async function find(
  store: Store,
  column: 'asked_at' | 'due_at',
  limit: number,
  now: number,
): Promise<number[]> {
  if (limit <= 0) return []
  const rows = await store.rows<{ line_id: number }>(
    `SELECT line_id FROM line_health WHERE ${column} <= ? ORDER BY ${column} LIMIT ?`,
    [now, limit],
  )
  return rows.map((row) => row.line_id)
}

/** May the line's channel be asked now, because somebody wants it? Counts as asked if so. */
export async function takeTurn(store: Store, lineId: number, now: number): Promise<boolean> {
  const { changes } = await store.run(
    `UPDATE line_health SET tried_at = ?, asked_at = NULL
     WHERE line_id = ? AND (tried_at IS NULL OR tried_at <= ? OR tried_at > ?)`,
    [now, lineId, now - ASK_EVERY_MS, now + ASK_EVERY_MS],
  )
  return changes > 0
}

/** Wants these lines checked as soon as their minute is over. */
export async function askSoon(
  store: Store,
  lineIds: readonly number[],
  now: number,
): Promise<void> {
  for (const part of inPieces(lineIds, 1)) {
    await store.run(
      `UPDATE line_health SET asked_at = CASE WHEN tried_at > ? THEN tried_at + ? ELSE ? END
       WHERE line_id IN ${marks(part.length)} AND asked_at IS NULL AND due_at IS NOT NULL`,
      [now - ASK_EVERY_MS, ASK_EVERY_MS, now, ...part],
    )
  }
}

/** When a check that is wanted comes; undefined if none is, or if it has been begun. */
export async function readWish(store: Store, lineId: number): Promise<number | undefined> {
  const [row] = await store.rows<{ asked_at: number | null }>(
    'SELECT asked_at FROM line_health WHERE line_id = ?',
    [lineId],
  )
  return row?.asked_at ?? undefined
}

export interface NextCheck {
  readonly checkedAt?: number
  readonly dueAt: number
  /** Added to `dueAt`, from line to line up to so much. */
  readonly spreadMs?: number
}

/** When these lines are due again; with `checkedAt` they have been checked. One statement for all of them. */
export async function scheduleChecks(
  store: Store,
  lineIds: readonly number[],
  { checkedAt, dueAt, spreadMs = 1 }: NextCheck,
): Promise<void> {
  for (const part of inPieces(lineIds, 1)) {
    await store.run(
      `UPDATE line_health SET due_at = ? + (line_id * 7919) % ?${checkedAt === undefined ? '' : ', checked_at = ?'}
       WHERE line_id IN ${marks(part.length)} AND due_at IS NOT NULL`,
      [
        dueAt,
        Math.max(1, Math.floor(spreadMs)),
        ...(checkedAt === undefined ? [] : [checkedAt]),
        ...part,
      ],
    )
  }
}

/** Lines that are neither connected nor failing any more. */
export async function endChecks(store: Store, lineIds: readonly number[]): Promise<void> {
  for (const part of inPieces(lineIds, 1)) {
    await store.run(
      `UPDATE line_health SET due_at = NULL, asked_at = NULL WHERE line_id IN ${marks(part.length)}`,
      part,
    )
  }
}

/** The webhooks of these lines are installed under the public URL that `base` is a hash of. */
export async function setBase(
  store: Store,
  lineIds: readonly number[],
  base: string,
): Promise<void> {
  for (const part of inPieces(lineIds, 1)) {
    await store.run(`UPDATE line_health SET base = ? WHERE line_id IN ${marks(part.length)}`, [
      base,
      ...part,
    ])
  }
}

export interface ConnectedLine {
  readonly lineId: number
  readonly portalId: string
  readonly connector: string
  readonly externalId: string
  readonly isPolling: boolean
  /** Absent: the line has no row yet. */
  readonly base?: string | null
}

/** Connected lines in the order of their numbers, after `after`. */
export async function pageOfConnected(
  store: Store,
  after: number,
  limit: number,
): Promise<ConnectedLine[]> {
  const rows = await store.rows<{
    id: number
    portal_id: string
    connector: string
    external_id: string
    polled: number | null
    known: number | null
    base: string | null
  }>(
    `SELECT line.id, line.portal_id, line.connector, line.external_id, poll_line.line_id AS polled,
     line_health.line_id AS known, line_health.base
     FROM line LEFT JOIN line_health ON line_health.line_id = line.id
     LEFT JOIN poll_line ON poll_line.line_id = line.id
     WHERE line.id > ? AND line.status IN ('connected', 'failing') ORDER BY line.id LIMIT ?`,
    [after, limit],
  )
  return rows.map((row) => ({
    lineId: row.id,
    portalId: row.portal_id,
    connector: row.connector,
    externalId: row.external_id,
    isPolling: row.polled !== null,
    ...(row.known === null ? {} : { base: row.base }),
  }))
}

/** Gives lines that were connected before there was a table of health their rows. */
export async function beginChecks(
  store: Store,
  lines: readonly { readonly lineId: number; readonly connector: string; readonly dueAt: number }[],
  base: string,
  now: number,
): Promise<void> {
  const rows = lines.map(({ lineId, connector, dueAt }) => {
    return [lineId, connector, 'unknown', now, dueAt, base]
  })
  for (const part of inPieces(rows, 6)) {
    await store.run(
      `${insertIgnore(store)} line_health (line_id, connector, state, since, due_at, base)
       VALUES ${markRows(part.length, 6)}`,
      part.flat(),
    )
  }
}
