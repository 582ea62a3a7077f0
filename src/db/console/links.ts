import type { Store } from '../engine/store.ts'
import { type ConsoleGrant, type GrantRow, grantColumns, toGrant } from './sessions.ts'

/** How a link stands. `unknown`: there is none, or its portal is gone. */
export type LinkState =
  | { readonly kind: 'open'; readonly grant: ConsoleGrant }
  | { readonly kind: 'used' | 'expired'; readonly grant: ConsoleGrant }
  | { readonly kind: 'unknown' }

interface LinkRow extends GrantRow {
  expires_at: number
  used_at: number | null
  is_there: string | null
}

export async function addLink(
  store: Store,
  hash: string,
  grant: ConsoleGrant,
  expiresAt: number,
): Promise<void> {
  await store.run(
    `INSERT INTO console_link (hash, portal_id, connector, external_line, language, embed_in, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [hash, ...grantColumns(grant), expiresAt],
  )
}

export async function findLink(store: Store, hash: string, now: number): Promise<LinkState> {
  const [row] = await store.rows<LinkRow>(
    `SELECT link.*, portal.id AS is_there FROM console_link link
     LEFT JOIN portal ON portal.id = link.portal_id AND portal.disabled_at IS NULL WHERE link.hash = ?`,
    [hash],
  )
  if (!row || row.is_there === null) return { kind: 'unknown' }
  const grant = toGrant(row)
  if (row.used_at !== null) return { kind: 'used', grant }
  return { kind: row.expires_at > now ? 'open' : 'expired', grant }
}

/** The same, and uses it up: of several who come with one link at once, one finds it open. */
export async function useLink(store: Store, hash: string, now: number): Promise<LinkState> {
  const found = await findLink(store, hash, now)
  if (found.kind !== 'open') return found
  const { changes } = await store.run(
    'UPDATE console_link SET used_at = ? WHERE hash = ? AND used_at IS NULL',
    [now, hash],
  )
  return changes > 0 ? found : { ...found, kind: 'used' }
}
