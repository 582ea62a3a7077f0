import { given } from '../../core/given.ts'
import type { Language } from '../../core/language.ts'
import type { Portal, SwitchedOff, TextFormat } from '../../core/portal.ts'
import type { SettingValues } from '../../core/settings.ts'
import { keyIdOf, type SecretBox } from '../engine/secret-box.ts'
import { forUpdate, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { removePortal } from './removal.ts'
import { secretPlaces } from './secret-places.ts'

interface PortalRow {
  id: string
  name: string
  url: string
  dialect: string
  secret: string
  previous_secret: string | null
  previous_until: number | null
  text_format: TextFormat['text']
  emoji_format: TextFormat['emoji']
  language: Language
  created_at: number
  disabled_at: number | null
  removing_at: number | null
  allowed_targets: string | null
  time_zone: string | null
  dialog_idle_min: number | null
  notification_rate: number | null
}

interface SettingRow {
  portal_id: string
  key: string
  value: string
  is_secret: number
}

export interface NewPortal {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly secret: string
  readonly format: TextFormat
  /** `en` if absent. */
  readonly language?: Language
  readonly dialect: string
  readonly settings: readonly PortalSetting[]
  /** Absent: all that the hub may reach. */
  readonly allowedTargets?: readonly string[]
  readonly pace?: Pace
}

/** What its communications go by; what is absent has its default. */
interface Pace {
  readonly timeZone?: string
  readonly dialogIdleMin?: number
  readonly notificationRate?: number
}

/** One field of a portal's dialect, as it is to be kept. */
export interface PortalSetting {
  readonly key: string
  readonly value: string
  readonly isSecret: boolean
  /** Calls name the portal by it: no other portal of the dialect may have the same. */
  readonly isIdentifier: boolean
}

/** What of a portal is to be other than it was. */
export interface PortalChange {
  readonly name?: string
  readonly url?: string
  readonly format?: TextFormat
  readonly language?: Language
  /** All of them: what isn't named is gone. */
  readonly settings?: readonly PortalSetting[]
  /** `all`: as many as the hub. */
  readonly allowedTargets?: readonly string[] | 'all'
  readonly pace?: Pace
}

export interface SecretChange {
  readonly secret: string
  /** The secret in force becomes the previous one, valid until then. Absent: it ends now, with the one before it. */
  readonly previousUntil?: number
  /** What the secret in force must be. */
  readonly expected?: string
}

const MAX_IDS = 500
const MINUTE_MS = 60_000

/** The tables `portal` and `portal_setting`. Secrets are sealed on the way in and opened on the way out. */
export class PortalRepository {
  readonly #store: Store
  readonly #box: SecretBox

  constructor(store: Store, box: SecretBox) {
    this.#store = store
    this.#box = box
  }

  /** Gives the key of a setting that another portal has as its identifier; then nothing was added. */
  async add(portal: NewPortal, now: number): Promise<string | undefined> {
    return await this.#store.transaction(async (trx) => {
      const taken = await findTaken(trx, portal.id, portal.dialect, portal.settings)
      if (taken !== undefined) return taken
      const { id, name, url, dialect, format } = portal
      const secret = this.#box.seal(portal.secret, secretPlaces.portal(id))
      await trx.run(
        `INSERT INTO portal (id, name, url, dialect, secret, text_format, emoji_format, created_at, allowed_targets, language,
         time_zone, dialog_idle_min, notification_rate) VALUES ${marks(13)}`,
        [
          id,
          name,
          url,
          dialect,
          secret,
          format.text,
          format.emoji,
          now,
          toTargets(portal.allowedTargets),
          portal.language ?? 'en',
          ...toPace(portal.pace),
        ],
      )
      await this.#insertSettings(trx, id, dialect, portal.settings)
      return undefined
    })
  }

  /** `unknown`: there is no such portal. `{taken}`: the key of a setting that is another portal's identifier. */
  async edit(
    id: string,
    change: PortalChange,
  ): Promise<'changed' | 'unknown' | { readonly taken: string }> {
    return await this.#store.transaction(async (trx) => {
      const [row] = await trx.rows<PortalRow>('SELECT * FROM portal WHERE id = ?', [id])
      if (!row) return 'unknown'
      const { name = row.name, url = row.url, language = row.language, settings } = change
      const format = change.format ?? { text: row.text_format, emoji: row.emoji_format }
      const targets = change.allowedTargets ? toTargets(change.allowedTargets) : row.allowed_targets
      const taken = await findTaken(trx, id, row.dialect, settings ?? [])
      if (taken !== undefined) return { taken }
      await trx.run(
        `UPDATE portal SET name = ?, url = ?, text_format = ?, emoji_format = ?, allowed_targets = ?, language = ?,
         time_zone = ?, dialog_idle_min = ?, notification_rate = ? WHERE id = ?`,
        [name, url, format.text, format.emoji, targets, language, ...toPace(change.pace, row), id],
      )
      if (!settings) return 'changed'
      await trx.run('DELETE FROM portal_setting WHERE portal_id = ?', [id])
      await this.#insertSettings(trx, id, row.dialect, settings)
      return 'changed'
    })
  }

  async find(id: string, now: number): Promise<Portal | undefined> {
    const rows = await this.#store.rows<PortalRow>('SELECT * FROM portal WHERE id = ?', [id])
    const [portal] = await this.#toPortals(rows, now)
    return portal
  }

  /** The portal of a dialect that has this value in a field that is an identifier. */
  async findByIdentifier(
    dialect: string,
    key: string,
    value: string,
    now: number,
  ): Promise<Portal | undefined> {
    const [row] = await this.#store.rows<{ portal_id: string }>(
      'SELECT portal_id FROM portal_setting WHERE `key` = ? AND identifier = ?',
      [key, identifierOf(dialect, value)],
    )
    return row && (await this.find(row.portal_id, now))
  }

  async listOfDialect(dialect: string, now: number): Promise<Portal[]> {
    const rows = await this.#store.rows<PortalRow>(
      'SELECT * FROM portal WHERE dialect = ? ORDER BY created_at, id',
      [dialect],
    )
    return await this.#toPortals(rows, now)
  }

  async list(now: number): Promise<Portal[]> {
    const rows = await this.#store.rows<PortalRow>('SELECT * FROM portal ORDER BY created_at, id')
    return await this.#toPortals(rows, now)
  }

  /**
   * `unknown`: there is no such portal. `replaced`: its secret isn't the expected one any more, nothing was changed. The
   * row is locked while they are compared: of two calls with one secret only the first may replace it.
   */
  async rotate(
    id: string,
    { secret, previousUntil, expected }: SecretChange,
  ): Promise<'rotated' | 'unknown' | 'replaced'> {
    return await this.#store.transaction(async (trx) => {
      const [row] = await trx.rows<{ secret: string }>(
        `SELECT secret FROM portal WHERE id = ?${forUpdate(trx)}`,
        [id],
      )
      if (!row) return 'unknown'
      if (
        expected !== undefined &&
        this.#box.open(row.secret, secretPlaces.portal(id)) !== expected
      ) {
        return 'replaced'
      }
      await trx.run(
        'UPDATE portal SET previous_secret = ?, previous_until = ?, secret = ? WHERE id = ?',
        [
          previousUntil === undefined ? null : this.#sealAnew(row.secret, secretPlaces.portal(id)),
          previousUntil ?? null,
          this.#box.seal(secret, secretPlaces.portal(id)),
          id,
        ],
      )
      return 'rotated'
    })
  }

  /**
   * Takes the portal out of service, or puts it back. False if there is no such portal, or if it is being removed and is to
   * be put back. Its lines are parked and let go elsewhere (parked-lines.ts).
   */
  async switchOff(id: string, state: SwitchedOff | undefined, now: number): Promise<boolean> {
    return await this.#store.transaction(async (trx) => {
      const [row] = await trx.rows<PortalRow>(
        `SELECT * FROM portal WHERE id = ?${forUpdate(trx)}`,
        [id],
      )
      if (!row || (state === undefined && row.removing_at !== null)) return false
      await trx.run('UPDATE portal SET disabled_at = ?, removing_at = ? WHERE id = ?', [
        state === undefined ? null : (row.disabled_at ?? now),
        state === 'removing' ? (row.removing_at ?? now) : row.removing_at,
        id,
      ])
      return true
    })
  }

  /** Deletes the portal with its lines and all that hangs on them. False if there is no such portal. */
  async remove(id: string, now: number): Promise<boolean> {
    return await removePortal(this.#store, id, now)
  }

  /** What is written is always under the current key: the previous one may be gone before the value is. */
  #sealAnew(sealed: string, place: string): string {
    const isCurrent = keyIdOf(sealed) === this.#box.keys.current
    return isCurrent ? sealed : this.#box.seal(this.#box.open(sealed, place), place)
  }

  async #insertSettings(
    trx: Transaction,
    id: string,
    dialect: string,
    settings: readonly PortalSetting[],
  ): Promise<void> {
    for (const { key, value, isSecret, isIdentifier } of settings) {
      await trx.run(
        'INSERT INTO portal_setting (portal_id, `key`, value, is_secret, identifier) VALUES (?, ?, ?, ?, ?)',
        [
          id,
          key,
          isSecret ? this.#box.seal(value, secretPlaces.portalSetting(id, key)) : value,
          isSecret,
          isIdentifier ? identifierOf(dialect, value) : null,
        ],
      )
    }
  }

  async #toPortals(rows: readonly PortalRow[], now: number): Promise<Portal[]> {
    const settings = new Map<string, Record<string, string>>()
    const ids = rows.map(({ id }) => id)
    for (let from = 0; from < ids.length; from += MAX_IDS) {
      const part = ids.slice(from, from + MAX_IDS)
      const found = await this.#store.rows<SettingRow>(
        `SELECT * FROM portal_setting WHERE portal_id IN ${marks(part.length)}`,
        part,
      )
      for (const { portal_id: id, key, value, is_secret: isSecret } of found) {
        const values = settings.get(id) ?? {}
        values[key] = isSecret ? this.#box.open(value, secretPlaces.portalSetting(id, key)) : value
        settings.set(id, values)
      }
    }
    return rows.map((row) => this.#toPortal(row, settings.get(row.id) ?? {}, now))
  }

  #toPortal(row: PortalRow, settings: SettingValues, now: number): Portal {
    const secrets = [this.#box.open(row.secret, secretPlaces.portal(row.id))]
    if (row.previous_secret !== null && (row.previous_until ?? 0) > now) {
      secrets.push(this.#box.open(row.previous_secret, secretPlaces.portal(row.id)))
    }
    return {
      id: row.id,
      name: row.name,
      url: row.url,
      dialect: row.dialect,
      settings,
      secrets,
      format: { text: row.text_format, emoji: row.emoji_format },
      language: row.language,
      ...(row.allowed_targets === null
        ? {}
        : { allowedTargets: JSON.parse(row.allowed_targets) as string[] }),
      ...given({
        timeZone: row.time_zone,
        dialogIdleMs: row.dialog_idle_min === null ? undefined : row.dialog_idle_min * MINUTE_MS,
        notificationRate: row.notification_rate,
        switchedOff: toSwitchedOff(row),
      }),
    }
  }
}

function toTargets(allowed: readonly string[] | 'all' = 'all'): string | null {
  return allowed === 'all' ? null : JSON.stringify(allowed)
}

/** In the order of the columns; what isn't named stays. */
function toPace(
  { timeZone, dialogIdleMin, notificationRate }: Pace = {},
  row?: Pick<PortalRow, 'time_zone' | 'dialog_idle_min' | 'notification_rate'>,
): unknown[] {
  return [
    timeZone ?? row?.time_zone ?? null,
    dialogIdleMin ?? row?.dialog_idle_min ?? null,
    notificationRate ?? row?.notification_rate ?? null,
  ]
}

function toSwitchedOff(row: PortalRow): SwitchedOff | undefined {
  if (row.removing_at !== null) return 'removing'
  return row.disabled_at === null ? undefined : 'disabled'
}

async function findTaken(
  trx: Transaction,
  id: string,
  dialect: string,
  settings: readonly PortalSetting[],
): Promise<string | undefined> {
  for (const { key, value, isIdentifier } of settings) {
    if (!isIdentifier) continue
    const [other] = await trx.rows(
      'SELECT portal_id FROM portal_setting WHERE `key` = ? AND identifier = ? AND portal_id <> ?',
      [key, identifierOf(dialect, value), id],
    )
    if (other) return key
  }
  return undefined
}

function identifierOf(dialect: string, value: string): string {
  return `${dialect}:${value}`
}
