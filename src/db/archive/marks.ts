import type { Store } from '../engine/store.ts'
import { readStoreClock } from '../engine/store-clock.ts'
import { readState, writeState } from '../hub/hub-state.ts'

/** A hub must not work on the store now. `message` is one line for the operator. */
export class StoreMovingError extends Error {
  override name = 'StoreMovingError'
  readonly code = 'HUB_STORE_MOVING'
  constructor(move: 'export' | 'import') {
    super(
      move === 'export'
        ? 'the store is being exported: start the hub on the one that takes it, or on this one when the export has ended'
        : "an import into the store isn't whole yet: repeat 'hub import' with the same file",
    )
  }
}

/** An export that is killed holds a store this long at most. */
const EXPORT_LIFE_MS = 30_000

/**
 * Takes the store for an export, or takes it for longer with `heldUntil`, what it gave before. Undefined: another export has it.
 * Throws StoreUnavailableError.
 */
export async function holdForExport(store: Store, heldUntil?: number): Promise<number | undefined> {
  const now = await readStoreClock(store)
  const until = now + EXPORT_LIFE_MS
  const { changes } =
    heldUntil === undefined
      ? await store.run(
          "UPDATE hub_state SET value = ? WHERE name = 'export-until' AND value < ?",
          [until, now],
        )
      : await store.run(
          "UPDATE hub_state SET value = ? WHERE name = 'export-until' AND value = ?",
          [until, heldUntil],
        )
  return changes > 0 ? until : undefined
}

/** Must have been called once before `holdForExport` can hold. */
export async function prepareExport(store: Store): Promise<void> {
  if ((await readState(store, 'export-until')) === undefined) {
    await writeState(store, 'export-until', 0)
  }
}

export async function endExport(store: Store): Promise<void> {
  await writeState(store, 'export-until', 0)
}

export async function forgetState(store: Store, names: readonly string[]): Promise<void> {
  for (const name of names) await store.run('DELETE FROM hub_state WHERE name = ?', [name])
}

/** Written by every hub that starts, so that rows of them alone don't mean that a store is in use. */
export const STATE_TABLES: ReadonlySet<string> = new Set(['hub_state', 'seen_slot'])

/** Of a store that is to take another's. It has the tables that the other one has. */
export async function forgetAllStates(store: Store): Promise<void> {
  for (const table of STATE_TABLES) {
    const isThere = await store.knex.schema.hasTable(table)
    if (isThere) await store.run(`DELETE FROM ${table}`)
  }
}

/** Why a hub must not work on the store now; undefined if it may. Throws StoreUnavailableError. */
export async function moveUnderWay(store: Store): Promise<'export' | 'import' | undefined> {
  if ((await readState(store, 'import-id')) !== undefined) return 'import'
  const until = (await readState(store, 'export-until')) ?? 0
  return until > (await readStoreClock(store)) ? 'export' : undefined
}
