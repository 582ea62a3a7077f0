import { markRows, onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** What went through a process in one stretch of time. */
export interface TrafficCount {
  /** Empty: the whole hub; or a portal's id. */
  readonly scope: string
  readonly events: number
  readonly sends: number
}

/** Writes what a process has counted in the stretch that began at `at`; again, it replaces what stands there. */
export async function writeTraffic(
  store: Store,
  { at, process }: { readonly at: number; readonly process: string },
  counts: readonly TrafficCount[],
): Promise<void> {
  if (counts.length === 0) return
  await store.run(
    `INSERT INTO console_traffic (scope, at, process, events, sends) VALUES ${markRows(counts.length, 5)}
     ${onDuplicateSet(store, 'scope, at, process', ['events', 'sends'])}`,
    counts.flatMap(({ scope, events, sends }) => [scope, at, process, events, sends]),
  )
}

/** Of all processes together, by the beginnings of stretches, from `since` on. */
export async function readTraffic(
  store: Store,
  scope: string,
  since: number,
): Promise<Map<number, { readonly events: number; readonly sends: number }>> {
  const rows = await store.rows<{ at: number; events: number | string; sends: number | string }>(
    `SELECT at, SUM(events) AS events, SUM(sends) AS sends FROM console_traffic
     WHERE scope = ? AND at >= ? GROUP BY at`,
    [scope, since],
  )
  return new Map(
    rows.map(({ at, events, sends }) => [
      Number(at),
      { events: Number(events), sends: Number(sends) },
    ]),
  )
}

/** What became of a line's messages. */
export interface DayCount {
  readonly received: number
  /** Taken by the portal. */
  readonly delivered: number
  /** Taken by the channel. */
  readonly sent: number
  readonly failed: number
}

export const NOTHING_COUNTED: DayCount = { received: 0, delivered: 0, sent: 0, failed: 0 }

const COLUMNS = ['received', 'delivered', 'sent', 'failed'] as const
/** Rows of one statement. */
const AT_ONCE = 500

/** Adds what a process has counted of lines to what stands at that hour. */
export async function writeHours(
  store: Store,
  hour: number,
  counts: ReadonlyMap<number, DayCount>,
): Promise<void> {
  const all = [...counts].sort(([a], [b]) => a - b)
  const added = COLUMNS.map((column) =>
    store.dialect === 'mysql'
      ? `${column} = ${column} + VALUES(${column})`
      : `${column} = ${column} + excluded.${column}`,
  ).join(', ')
  const end =
    store.dialect === 'mysql'
      ? `ON DUPLICATE KEY UPDATE ${added}`
      : `ON CONFLICT (of_line, hour) DO UPDATE SET ${added}`
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const part = all.slice(from, from + AT_ONCE)
    await store.run(
      `INSERT INTO console_hour (of_line, hour, received, delivered, sent, failed)
       VALUES ${markRows(part.length, 6)} ${end}`,
      part.flatMap(([lineId, count]) => [lineId, hour, ...COLUMNS.map((column) => count[column])]),
    )
    await store.letOthersIn()
  }
}

/** Of a line, from that hour on. */
export async function readDay(store: Store, lineId: number, fromHour: number): Promise<DayCount> {
  const sums = COLUMNS.map((column) => `SUM(${column}) AS ${column}`).join(', ')
  const [row] = await store.rows<Record<keyof DayCount, number | string | null>>(
    `SELECT ${sums} FROM console_hour WHERE of_line = ? AND hour >= ?`,
    [lineId, fromHour],
  )
  return {
    received: Number(row?.received ?? 0),
    delivered: Number(row?.delivered ?? 0),
    sent: Number(row?.sent ?? 0),
    failed: Number(row?.failed ?? 0),
  }
}
