import { HubError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import type { LineStatus } from '../../core/line.ts'
import type { SettingValues } from '../../core/settings.ts'
import type { SecretBox } from '../engine/secret-box.ts'
import { insertIgnore, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { secretPlaces } from './secret-places.ts'
import { readSettingsVersion } from './settings-version.ts'

/** How a portal names one of its lines. */
export interface LineAddress {
  readonly portalId: string
  readonly connector: string
  /** The id the portal chose. */
  readonly externalId: string
}

/** A line without its secrets. */
export interface LineHead extends LineAddress {
  readonly id: number
  readonly hash: string
  readonly status: LineStatus
  readonly identity?: string
  readonly name?: string
  readonly isWebhookInstalled: boolean
  /** Grows with every change that connectors or ingress must notice. */
  readonly epoch: number
  readonly updatedAt: number
}

export interface LineRecord extends LineHead {
  readonly webhookSecret: string
  readonly settings: SettingValues
}

interface LineRow {
  id: number
  portal_id: string
  connector: string
  external_id: string
  hash: string
  status: LineStatus
  identity: string | null
  name: string | null
  webhook_installed: number
  webhook_secret: string
  updated_at: number
  epoch: number
}

interface SettingRow {
  line_id: number
  key: string
  value: string
  is_secret: number
}

export interface SavedSettings {
  readonly address: LineAddress
  readonly values: SettingValues
  readonly secretKeys: ReadonlySet<string>
  /** Used when the line is new. */
  readonly hash: string
  /** Used when the line is new, or has been disconnected or displaced. */
  readonly webhookSecret: string
  /** Whether the line must be tested again before it works. */
  readonly isUntested: boolean
  /** What the one who saves has seen (settings-version.ts): anything else that is stored is left as it is. */
  readonly version?: string
}

const SELECT_LINE = `SELECT line.id, line.portal_id, line.connector, line.external_id, line.hash, line.status,
  line.identity, line.name, line.webhook_installed, line.webhook_secret, line.updated_at, inbox_line.epoch
  FROM line JOIN inbox_line ON inbox_line.line_id = line.id`

/** The tables `line` and `line_setting`. Every method that changes what others may hold in memory moves the line's epoch. */
export class LineRepository {
  readonly #store: Store
  readonly #box: SecretBox

  constructor(store: Store, box: SecretBox) {
    this.#store = store
    this.#box = box
  }

  async findByHash(hash: string): Promise<LineRecord | undefined> {
    return await this.#first(`${SELECT_LINE} WHERE line.hash = ?`, [hash])
  }

  async findById(id: number): Promise<LineRecord | undefined> {
    return await this.#first(`${SELECT_LINE} WHERE line.id = ?`, [id])
  }

  /** Those that are there, in no order, in two statements. */
  async findByIds(ids: readonly number[]): Promise<LineRecord[]> {
    if (ids.length === 0) return []
    const rows = await this.#store.rows<LineRow>(
      `${SELECT_LINE} WHERE line.id IN ${marks(ids.length)}`,
      ids,
    )
    return await this.#withSettings(rows)
  }

  /** The line that holds an identity of a real connector. */
  async findByIdentity(realConnector: string, identity: string): Promise<LineRecord | undefined> {
    return await this.#first(
      `${SELECT_LINE} JOIN identity ON identity.line_id = line.id
       WHERE identity.connector = ? AND identity.identity = ?`,
      [realConnector, identity],
    )
  }

  async find(address: LineAddress): Promise<LineRecord | undefined> {
    return await this.#first(
      `${SELECT_LINE} WHERE line.portal_id = ? AND line.connector = ? AND line.external_id = ?`,
      [address.portalId, address.connector, address.externalId],
    )
  }

  /** A portal's lines of all connectors that it gave this id. */
  async withExternalId(portalId: string, externalId: string): Promise<LineRecord[]> {
    const rows = await this.#store.rows<LineRow>(
      `${SELECT_LINE} WHERE line.portal_id = ? AND line.external_id = ? ORDER BY line.id`,
      [portalId, externalId],
    )
    return await this.#withSettings(rows)
  }

  /** Makes a line without settings, as one that was disconnected; one that is there stays as it is. */
  async reserve(
    address: LineAddress,
    { hash, webhookSecret }: Pick<SavedSettings, 'hash' | 'webhookSecret'>,
    now: number,
  ): Promise<void> {
    await this.#store.transaction(async (trx) => {
      if (await findForSaving(trx, address)) return
      await this.#insertLine(trx, { address, hash, webhookSecret, status: 'disconnected' }, now)
    })
  }

  /** All lines, or those of one portal, in the order of their making. */
  async list(portalId?: string): Promise<LineRecord[]> {
    const rows = portalId
      ? await this.#store.rows<LineRow>(
          `${SELECT_LINE} WHERE line.portal_id = ? ORDER BY line.id`,
          [portalId],
        )
      : await this.#store.rows<LineRow>(`${SELECT_LINE} ORDER BY line.id`)
    return await this.#withSettings(rows)
  }

  /** Lines of one portal or of all, in the order of their making; `after` is the last one's id of the page before. */
  async page({
    portalId,
    after,
    limit,
  }: {
    readonly portalId?: string | undefined
    readonly after: number
    readonly limit: number
  }): Promise<LineHead[]> {
    const ofPortal = portalId === undefined ? '' : 'line.portal_id = ? AND '
    const rows = await this.#store.rows<LineRow>(
      `${SELECT_LINE} WHERE ${ofPortal}line.id > ? ORDER BY line.id LIMIT ?`,
      [...(portalId === undefined ? [] : [portalId]), after, limit],
    )
    return rows.map(toHead)
  }

  /** Creates the line or replaces its settings, in one transaction. Throws HubError `HUB_CONFLICT` for another `version`. */
  async save(saved: SavedSettings, now: number): Promise<void> {
    await this.#store.transaction(async (trx) => {
      // The line is locked from here on, so that of two who save over one version the second finds another.
      const id = await this.#upsertLine(trx, saved, now)
      const { version } = saved
      if (version !== undefined && version !== (await readSettingsVersion(trx, id))) {
        throw new HubError('HUB_CONFLICT', OVERTAKEN)
      }
      await trx.run('DELETE FROM line_setting WHERE line_id = ?', [id])
      for (const [key, value] of Object.entries(saved.values)) {
        const isSecret = saved.secretKeys.has(key)
        await trx.run(
          'INSERT INTO line_setting (line_id, `key`, value, is_secret) VALUES (?, ?, ?, ?)',
          [
            id,
            key,
            isSecret ? this.#box.seal(value, secretPlaces.lineSetting(id, key)) : value,
            isSecret,
          ],
        )
      }
    })
  }

  /** Heads of those that are there, in the order of `ids`. */
  async headsOf(ids: readonly number[]): Promise<LineHead[]> {
    if (ids.length === 0) return []
    const rows = await this.#store.rows<LineRow>(
      `${SELECT_LINE} WHERE line.id IN ${marks(ids.length)}`,
      ids,
    )
    const heads = new Map(rows.map((row) => [row.id, toHead(row)]))
    return ids.flatMap((id) => heads.get(id) ?? [])
  }

  async settingsVersion(id: number): Promise<string> {
    return await readSettingsVersion(this.#store, id)
  }

  async setWebhookInstalled(id: number, isInstalled: boolean): Promise<void> {
    await this.#store.run('UPDATE line SET webhook_installed = ? WHERE id = ?', [isInstalled, id])
  }

  async #upsertLine(trx: Transaction, saved: SavedSettings, now: number): Promise<number> {
    let row = await findForSaving(trx, saved.address)
    if (!row) {
      const made = await this.#insertLine(trx, { ...saved, status: 'saved' }, now)
      if (made !== undefined) return made
      row = await findForSaving(trx, saved.address)
    }
    if (!row) throw new Error('the line was removed while its settings were saved')
    await bumpEpoch(trx, row.id)
    if (row.status === 'disconnected' || row.status === 'displaced') {
      // The address stays, for some channels have it entered by hand; whoever knew the old secret is shut out.
      await trx.run('UPDATE line SET webhook_secret = ? WHERE id = ?', [
        this.#box.seal(saved.webhookSecret, secretPlaces.webhook(row.hash)),
        row.id,
      ])
    }
    const { changes } = await trx.run(
      `UPDATE line SET ${saved.isUntested ? "status = 'saved', " : ''}updated_at = ? WHERE id = ?`,
      [now, row.id],
    )
    // With the line's row locked from here on, its settings can't be written behind the back of a removal.
    if (changes === 0) throw new Error('the line was removed while its settings were saved')
    if (saved.isUntested) {
      await trx.run('DELETE FROM poll_line WHERE line_id = ?', [row.id])
      await trx.run('UPDATE line_health SET due_at = NULL, asked_at = NULL WHERE line_id = ?', [
        row.id,
      ])
    }
    return row.id
  }

  /** Undefined if it is there already: of several who make it at once, the others see that of the first. */
  async #insertLine(
    trx: Transaction,
    made: Pick<SavedSettings, 'address' | 'hash' | 'webhookSecret'> & {
      readonly status: LineStatus
    },
    now: number,
  ): Promise<number | undefined> {
    const { address, hash, webhookSecret, status } = made
    const { portalId, connector, externalId } = address
    const { insertId, changes } = await trx.run(
      `${insertIgnore(trx)} line (portal_id, connector, external_id, hash, status, webhook_secret, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        portalId,
        connector,
        externalId,
        hash,
        status,
        this.#box.seal(webhookSecret, secretPlaces.webhook(hash)),
        now,
        now,
      ],
    )
    if (changes === 0) return undefined
    await trx.run('INSERT INTO inbox_line (line_id, portal_id) VALUES (?, ?)', [insertId, portalId])
    await trx.run('INSERT INTO outbox_line (line_id, portal_id) VALUES (?, ?)', [
      insertId,
      portalId,
    ])
    return insertId
  }

  async #first(sql: string, bindings: readonly unknown[]): Promise<LineRecord | undefined> {
    const rows = await this.#store.rows<LineRow>(sql, bindings)
    const [record] = await this.#withSettings(rows)
    return record
  }

  async #withSettings(rows: readonly LineRow[]): Promise<LineRecord[]> {
    const settings = new Map<number, Record<string, string>>()
    const ids = rows.map(({ id }) => id)
    for (let from = 0; from < ids.length; from += MAX_IDS) {
      const part = ids.slice(from, from + MAX_IDS)
      const found = await this.#store.rows<SettingRow>(
        `SELECT * FROM line_setting WHERE line_id IN ${marks(part.length)}`,
        part,
      )
      for (const row of found) {
        const values = settings.get(row.line_id) ?? {}
        values[row.key] = row.is_secret
          ? this.#box.open(row.value, secretPlaces.lineSetting(row.line_id, row.key))
          : row.value
        settings.set(row.line_id, values)
      }
    }
    return rows.map((row) => this.#toRecord(row, settings.get(row.id) ?? {}))
  }

  #toRecord(row: LineRow, settings: SettingValues): LineRecord {
    return {
      ...toHead(row),
      webhookSecret: this.#box.open(row.webhook_secret, secretPlaces.webhook(row.hash)),
      settings,
    }
  }
}

async function findForSaving(
  trx: Transaction,
  { portalId, connector, externalId }: LineAddress,
): Promise<Pick<LineRow, 'id' | 'status' | 'hash'> | undefined> {
  const [row] = await trx.rows<Pick<LineRow, 'id' | 'status' | 'hash'>>(
    'SELECT id, status, hash FROM line WHERE portal_id = ? AND connector = ? AND external_id = ?',
    [portalId, connector, externalId],
  )
  return row
}

function toHead(row: LineRow): LineHead {
  return {
    id: row.id,
    portalId: row.portal_id,
    connector: row.connector,
    externalId: row.external_id,
    hash: row.hash,
    status: row.status,
    ...given({ identity: row.identity, name: row.name }),
    isWebhookInstalled: Boolean(row.webhook_installed),
    epoch: row.epoch,
    updatedAt: row.updated_at,
  }
}

const MAX_IDS = 1000
const OVERTAKEN =
  'somebody else has saved settings of this line since you have read them: yours came second and were not saved'

/** Makes what processes have in memory of this line out of date: they compare epochs. */
export async function bumpEpoch(trx: Transaction, lineId: number): Promise<void> {
  await trx.run('UPDATE inbox_line SET epoch = epoch + 1 WHERE line_id = ?', [lineId])
}
