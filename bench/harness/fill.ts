import { randomBytes } from 'node:crypto'
import { parseConfig } from '#config'
import { randomId } from '../../src/core/ids.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { createSecretBox, type SecretBox } from '../../src/db/engine/secret-box.ts'
import { markRows } from '../../src/db/engine/sql.ts'
import { Store } from '../../src/db/engine/store.ts'
import { PortalRepository } from '../../src/db/lines/portals.ts'
import { makePortalSecret } from '../../src/lines/portal-secrets.ts'
import { makeSecretKey, type PortalKey } from './hub.ts'
import type { Target } from './probe.ts'

/** A connected line that was written into the store without asking the channel. */
export interface FilledLine extends Target {
  readonly id: number
  /** As its portal calls it. */
  readonly externalId: string
}

export interface FilledPortal extends PortalKey {
  readonly lines: readonly FilledLine[]
}

export interface FillOrder {
  readonly databaseUrl: string
  readonly secretKey: string
  /** Of each portal to be made. */
  readonly portalUrls: readonly string[]
  readonly linesPerPortal: number
}

/** Rows of one INSERT: fewer take longer, many more pass MariaDB's limit of 65 535 placeholders. */
const CHUNK = 1000
/** Nobody calls the channel in these runs. */
const API_ROOT = 'http://127.0.0.1:9'

/** Does `work` on the store, opened as the hub itself opens it. */
export async function withStore<T>(
  databaseUrl: string,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  // The store itself needs no key, but a configuration without one is refused.
  const raw = { HUB_DATABASE_URL: databaseUrl, HUB_SECRET_KEY: makeSecretKey() }
  const store = new Store(parseConfig(raw).database)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/**
 * Portals with connected Telegram lines, in the shape that saveSettings and testConnect leave behind: 100 000 lines by
 * these calls would take an hour. The store must be empty: the lines' ids count from 1.
 */
export async function fillLines(order: FillOrder): Promise<FilledPortal[]> {
  return await withStore(order.databaseUrl, async (store) => {
    await migrateUp(store)
    const box = createSecretBox(Buffer.from(order.secretKey, 'base64'))
    const portals = await insertPortals(store, box, order)
    const lines = portals.flatMap(({ id, lines: own }) =>
      own.map((line) => ({ ...line, portalId: id })),
    )
    for (let from = 0; from < lines.length; from += CHUNK) {
      await insertLines(store, box, lines.slice(from, from + CHUNK), Date.now())
    }
    return portals
  })
}

async function insertPortals(
  store: Store,
  box: SecretBox,
  { portalUrls, linesPerPortal }: FillOrder,
): Promise<FilledPortal[]> {
  const repository = new PortalRepository(store, box)
  const portals: FilledPortal[] = []
  for (const [number, url] of portalUrls.entries()) {
    const id = randomId('prt_')
    const secret = makePortalSecret()
    const format = { text: 'bbcode', emoji: 'shortname' } as const
    const made = { id, name: `bench ${number}`, url, secret, format }
    await repository.add({ ...made, dialect: 'native', settings: [] }, Date.now())
    const firstId = number * linesPerPortal + 1
    portals.push({ id, secret, lines: inventFilled(firstId, linesPerPortal) })
  }
  return portals
}

function inventFilled(firstId: number, count: number): FilledLine[] {
  return Array.from({ length: count }, (_, index) => ({
    id: firstId + index,
    externalId: `bench-${firstId + index}`,
    hash: randomBytes(16).toString('hex'),
    secret: randomBytes(32).toString('base64url'),
  }))
}

async function insertLines(
  store: Store,
  box: SecretBox,
  lines: readonly (FilledLine & { readonly portalId: string })[],
  now: number,
): Promise<void> {
  const insert = async (into: string, rows: readonly (readonly unknown[])[]) => {
    const width = rows[0]?.length ?? 0
    await store.run(`INSERT INTO ${into} VALUES ${markRows(rows.length, width)}`, rows.flat())
  }
  const botId = (id: number) => String(700_000_000 + id)
  await insert(
    `line (id, portal_id, connector, external_id, hash, status, identity, name, webhook_installed,
      webhook_secret, created_at, updated_at)`,
    lines.map(({ id, portalId, externalId, hash, secret }) => [
      ...[id, portalId, 'telegram', externalId, hash, 'connected', botId(id), `bench_${id}_bot`, 1],
      ...[box.seal(secret, `line:${hash}:webhook`), now, now],
    ]),
  )
  await insert(
    'line_setting (line_id, `key`, value, is_secret)',
    lines.flatMap(({ id }) => {
      const token = `${botId(id)}:${randomBytes(26).toString('base64url')}`
      return [
        [id, 'token', box.seal(token, `line:${id}:token`), 1],
        [id, 'apiRoot', API_ROOT, 0],
        [id, 'mode', 'webhook', 0],
      ]
    }),
  )
  await insert(
    'identity (connector, identity, line_id, claimed_at)',
    lines.map(({ id }) => ['telegram', botId(id), id, now]),
  )
  await insert(
    'inbox_line (line_id, portal_id)',
    lines.map(({ id, portalId }) => [id, portalId]),
  )
  await insert(
    'outbox_line (line_id, portal_id)',
    lines.map(({ id, portalId }) => [id, portalId]),
  )
}
