import { hostname } from 'node:os'
import type { Store } from '../db/engine/store.ts'
import { readStoreClock } from '../db/engine/store-clock.ts'
import { type LiveProcess, ProcessRepository } from '../db/hub/processes.ts'
import { hasProcessEnded } from './process-ended.ts'

/** A process's clock and the store's may differ by this much and more; it is taken for alive too long rather than too short. */
const TOLERANCE_MS = 10_000

/**
 * The processes that work on a store, as far as somebody can tell who isn't one of them: rows that are still renewed, but for
 * those of this machine whose process is gone. Throws StoreUnavailableError.
 */
export async function findLiveHubs(store: Store): Promise<LiveProcess[]> {
  const now = await readStoreClock(store)
  const rows = await new ProcessRepository(store).listLive()
  return rows.filter(
    (row) =>
      row.aliveUntil > now - TOLERANCE_MS && !(row.host === hostname() && hasProcessEnded(row)),
  )
}
