import { given } from '../../core/given.ts'
import type { Language } from '../../core/language.ts'
import { inTerms } from '../engine/pieces.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** What a link or a session of a portal's administrator is for. */
export interface ConsoleGrant {
  readonly portalId: string
  /** Alone: where the console begins. With `line`: the one line that it is about. */
  readonly connector?: string
  readonly line?: string
  readonly language?: Language
  /** Origins that may show the console in a frame. */
  readonly embedIn?: readonly string[]
}

/** Whose session it is: an administrator's of a portal, or an operator's, by a hash of the token that has opened it. */
export type SessionOwner =
  | ({ readonly kind: 'portal' } & ConsoleGrant)
  | { readonly kind: 'operator'; readonly tokenHash: string }

export interface StoredSession {
  readonly owner: SessionOwner
  readonly expiresAt: number
  /** Of its portal, by which people know it; operators' have none. */
  readonly portalName?: string
}

export interface GrantRow {
  portal_id: string
  connector: string | null
  external_line: string | null
  language: Language | null
  embed_in: string | null
}

interface SessionRow extends GrantRow {
  token_hash: string | null
  expires_at: number
  portal_name: string | null
}

/** Of an operator's: it belongs to no portal. */
const NO_PORTAL = ''

export async function addSession(
  store: Store,
  hash: string,
  owner: SessionOwner,
  expiresAt: number,
): Promise<void> {
  const grant = owner.kind === 'portal' ? grantColumns(owner) : [NO_PORTAL, null, null, null, null]
  const tokenHash = owner.kind === 'operator' ? owner.tokenHash : null
  await store.run(
    `INSERT INTO console_session (hash, portal_id, connector, external_line, language, embed_in, token_hash, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [hash, ...grant, tokenHash, expiresAt],
  )
}

/** A session that has not ended. One of a portal that was switched off or removed since isn't found. */
export async function findSession(
  store: Store,
  hash: string,
  now: number,
): Promise<StoredSession | undefined> {
  const [row] = await store.rows<SessionRow>(
    `SELECT s.portal_id, s.connector, s.external_line, s.language, s.embed_in, s.token_hash, s.expires_at,
       portal.name AS portal_name
     FROM console_session s LEFT JOIN portal ON portal.id = s.portal_id AND portal.disabled_at IS NULL
     WHERE s.hash = ? AND s.expires_at > ?`,
    [hash, now],
  )
  if (!row) return undefined
  const { token_hash: tokenHash, portal_name: portalName, expires_at: expiresAt } = row
  if (tokenHash !== null) return { owner: { kind: 'operator', tokenHash }, expiresAt }
  if (portalName === null) return undefined
  return { owner: { kind: 'portal', ...toGrant(row) }, expiresAt, portalName }
}

export async function endSession(store: Store, hash: string): Promise<void> {
  await store.run('DELETE FROM console_session WHERE hash = ?', [hash])
}

/** Ends every session of a portal and every link that nobody has used yet: it is being switched off. */
export async function endConsolesOf(store: Store, portalId: string): Promise<void> {
  await store.run('DELETE FROM console_link WHERE portal_id = ?', [portalId])
  await store.run('DELETE FROM console_session WHERE portal_id = ?', [portalId])
}

export function grantColumns(grant: ConsoleGrant): (string | null)[] {
  const { portalId, connector, line, language, embedIn } = grant
  const embed = embedIn && embedIn.length > 0 ? JSON.stringify(embedIn) : null
  return [portalId, connector ?? null, line ?? null, language ?? null, embed]
}

export function toGrant(row: GrantRow): ConsoleGrant {
  const embedIn = row.embed_in === null ? undefined : (JSON.parse(row.embed_in) as string[])
  return {
    portalId: row.portal_id,
    ...given({
      connector: row.connector,
      line: row.external_line,
      language: row.language,
      embedIn,
    }),
  }
}

/** Of these sessions those that are still open: not ended, not expired, of a portal in service or of this token. */
export async function findOpenSessions(
  store: Store,
  hashes: readonly string[],
  { now, tokenHash }: { readonly now: number; readonly tokenHash: string },
): Promise<Set<string>> {
  const open = new Set<string>()
  for (const part of inTerms(hashes, 1)) {
    const rows = await store.rows<{ hash: string }>(
      `SELECT s.hash FROM console_session s LEFT JOIN portal ON portal.id = s.portal_id
       WHERE s.hash IN ${marks(part.length)} AND s.expires_at > ?
       AND ((portal.id IS NOT NULL AND portal.disabled_at IS NULL) OR s.token_hash = ?)`,
      [...part, now, tokenHash],
    )
    for (const row of rows) open.add(row.hash)
  }
  return open
}
