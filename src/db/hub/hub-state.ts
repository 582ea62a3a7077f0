import { onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/**
 * `past-until`: what jobs that delete by the clock may take for past. Epoch ms.
 * `export-until`, `export-id`, `exported-at`: until when an export holds the store, of which file, and when the last one was
 * whole. `import-id`, `import-done`: of an import that isn't whole yet, the file and its rows that are in the store.
 * `alert-locks`, `alert-dead-letters`: up to when these have been looked for, so that each is told of once.
 * `key-check`: the id of the key that the store is worked on with, as a number.
 */
export type StateName =
  | 'key-check'
  | 'past-until'
  | 'export-until'
  | 'export-id'
  | 'exported-at'
  | 'import-id'
  | 'import-done'
  | 'alert-locks'
  | 'alert-dead-letters'

export async function readState(store: Store, name: StateName): Promise<number | undefined> {
  const [row] = await store.rows<{ value: number }>('SELECT value FROM hub_state WHERE name = ?', [
    name,
  ])
  return row?.value
}

export async function writeState(store: Store, name: StateName, value: number): Promise<void> {
  await store.run(
    `INSERT INTO hub_state (name, value) VALUES (?, ?) ${onDuplicateSet(store, 'name', ['value'])}`,
    [name, value],
  )
}
