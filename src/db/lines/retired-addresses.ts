import { insertIgnore } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** Keeps the address of a line that is about to go. */
export async function retireAddress(store: Store, lineId: number, now: number): Promise<void> {
  await store.run(
    `${insertIgnore(store)} retired_address (hash, connector, used_at)
     SELECT hash, connector, ? FROM line WHERE id = ?`,
    [now, lineId],
  )
}

/** The connector of the line that had this address. */
export async function findRetiredAddress(store: Store, hash: string): Promise<string | undefined> {
  const [row] = await store.rows<{ connector: string }>(
    'SELECT connector FROM retired_address WHERE hash = ?',
    [hash],
  )
  return row?.connector
}

/** The channel still posts there what concerns somebody. */
export async function noteRetiredAddress(store: Store, hash: string, now: number): Promise<void> {
  await store.run('UPDATE retired_address SET used_at = ? WHERE hash = ? AND used_at < ?', [
    now,
    hash,
    now,
  ])
}
