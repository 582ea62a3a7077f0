import type { Portal, TextFormat } from '../../core/portal.ts'
import type { SecretBox } from '../engine/secret-box.ts'
import type { Store } from '../engine/store.ts'
import { removePortal } from './removal.ts'

interface PortalRow {
  id: string
  name: string
  url: string
  secret: string
  previous_secret: string | null
  previous_until: number | null
  text_format: TextFormat['text']
  emoji_format: TextFormat['emoji']
  created_at: number
}

export interface NewPortal {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly secret: string
  readonly format: TextFormat
}

/** The table `portal`. Secrets are sealed on the way in and opened on the way out. */
export class PortalRepository {
  readonly #store: Store
  readonly #box: SecretBox

  constructor(store: Store, box: SecretBox) {
    this.#store = store
    this.#box = box
  }

  async add(portal: NewPortal, now: number): Promise<void> {
    await this.#store.run(
      'INSERT INTO portal (id, name, url, secret, text_format, emoji_format, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      [
        portal.id,
        portal.name,
        portal.url,
        this.#box.seal(portal.secret, place(portal.id)),
        portal.format.text,
        portal.format.emoji,
        now,
      ],
    )
  }

  async find(id: string, now: number): Promise<Portal | undefined> {
    const [row] = await this.#store.rows<PortalRow>('SELECT * FROM portal WHERE id = ?', [id])
    return row && this.#toPortal(row, now)
  }

  async list(now: number): Promise<Portal[]> {
    const rows = await this.#store.rows<PortalRow>('SELECT * FROM portal ORDER BY created_at, id')
    return rows.map((row) => this.#toPortal(row, now))
  }

  /** The secret in force becomes the previous one, valid until `previousUntil`. False if there is no such portal. */
  async rotate(id: string, secret: string, previousUntil: number): Promise<boolean> {
    const sealed = this.#box.seal(secret, place(id))
    // MySQL assigns from left to right, with the new values in sight; SQLite uses the old ones: `secret` comes last.
    const { changes } = await this.#store.run(
      'UPDATE portal SET previous_secret = secret, previous_until = ?, secret = ? WHERE id = ?',
      [previousUntil, sealed, id],
    )
    return changes > 0
  }

  /** Deletes the portal with its lines and all that hangs on them. False if there is no such portal. */
  async remove(id: string): Promise<boolean> {
    return await removePortal(this.#store, id)
  }

  #toPortal(row: PortalRow, now: number): Portal {
    const secrets = [this.#box.open(row.secret, place(row.id))]
    if (row.previous_secret !== null && (row.previous_until ?? 0) > now) {
      secrets.push(this.#box.open(row.previous_secret, place(row.id)))
    }
    return {
      id: row.id,
      name: row.name,
      url: row.url,
      secrets,
      format: { text: row.text_format, emoji: row.emoji_format },
    }
  }
}

function place(id: string): string {
  return `portal:${id}:secret`
}
