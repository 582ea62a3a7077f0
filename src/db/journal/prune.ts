import { deleteRows } from '../engine/delete-rows.ts'
import type { Store } from '../engine/store.ts'
import { firstLookup, slotAt } from './slots.ts'

/** Deletes steps from before an instant. Gives how many rows. */
export async function pruneJournal(
  store: Store,
  before: number,
  signal?: AbortSignal,
): Promise<number> {
  const slot = slotAt(before)
  // What came late to an old message stands under its old second: it is kept for as long as other steps.
  const entries = await deleteRows(
    store,
    'journal_entry',
    { where: 'slot < ? AND at < ?', bindings: [slot, before] },
    signal,
  )
  const keys = await deleteRows(
    store,
    'journal_key',
    { where: 'lookup < ?', bindings: [firstLookup(slot)] },
    signal,
  )
  return entries + keys
}
