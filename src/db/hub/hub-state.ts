import { onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** `past-until`: what jobs that delete by the clock may take for past. Epoch ms. */
export type StateName = 'past-until'

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
