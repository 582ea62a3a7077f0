import { markRows, onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** What went through a process in one stretch of time. */
export interface TrafficCount {
  /** Empty: the whole hub; a portal's id; a line's number. */
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
