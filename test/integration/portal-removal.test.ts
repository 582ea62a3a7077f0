import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { createSecretBox } from '../../src/db/engine/secret-box.ts'
import { markRows, marks } from '../../src/db/engine/sql.ts'
import { Store } from '../../src/db/engine/store.ts'
import { TABLES, type Table, type TableName } from '../../src/db/engine/tables.ts'
import { PortalRepository } from '../../src/db/lines/portals.ts'
import { readSchema, type SchemaColumn } from '../helpers/schema.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const KEY = Buffer.alloc(32)
const GONE = 'prt_gone'
const STAYING = 'prt_staying'

for (const kind of testStores()) {
  describe(`removing a portal on ${kind.name}`, () => {
    it('leaves no row of it in any table, and those of other portals alone', async () => {
      await using rig = await openRig(kind)
      await rig.fill(GONE, [7, 8])
      await rig.fill(STAYING, [9])
      const staying = await rig.count(STAYING, [9])
      assert.ok(Object.values(staying).every((rows) => rows === 1))

      assert.equal(await rig.portals.remove(GONE, 1), true)

      const left = await rig.count(GONE, [7, 8])
      assert.deepEqual(
        Object.entries(left).filter(([, rows]) => rows > 0),
        [],
      )
      assert.deepEqual(await rig.count(STAYING, [9]), staying)
    })

    it('is not put off by lines with thousands of rows', async () => {
      await using rig = await openRig(kind)
      await rig.fill(GONE, [7])
      const seqs = Array.from({ length: 2500 }, (_, index) => index + 1000)
      await rig.store.run(
        `INSERT INTO inbox_event (line_id, seq, type, payload, created_at) VALUES ${markRows(seqs.length, 5)}`,
        seqs.flatMap((seq) => [7, seq, 'message.new', '{}', 1]),
      )
      assert.equal(await rig.portals.remove(GONE, 1), true)
      assert.equal((await rig.count(GONE, [7]))['inbox_event'], 0)
    })

    it('goes by a list that names every table of the store, whose it is and its key', async () => {
      await using rig = await openRig(kind)
      assert.deepEqual([...rig.schema.keys()].sort(), Object.keys(TABLES).sort())
      for (const [name, columns] of rig.schema) {
        const { owner, key }: Table = TABLES[name as TableName]
        const expected = ownerOf(name, columns) ?? (name === 'hub_process' ? 'process' : 'hub')
        assert.equal(owner, expected, name)
        const realKey = columns.flatMap((column) => (column.isKey ? [column.name] : []))
        assert.deepEqual([...key].sort(), realKey.sort(), name)
      }
    })

    it('says when there is no such portal', async () => {
      await using rig = await openRig(kind)
      assert.equal(await rig.portals.remove('prt_nobody', 1), false)
    })
  })
}

/** They name a line that they are for, and outlive it. */
const FOR_LINES: readonly string[] = ['api_token', 'notification_slot']

/** The column that says whose a row is. */
function ownerOf(table: string, columns: readonly SchemaColumn[]): 'line' | 'portal' | undefined {
  if (table === 'portal' || FOR_LINES.includes(table)) return 'portal'
  if (table === 'line' || columns.some(({ name }) => name === 'line_id')) return 'line'
  return columns.some(({ name }) => name === 'portal_id') ? 'portal' : undefined
}

async function openRig(kind: TestStore) {
  const database = await kind.open()
  const key = KEY.toString('base64')
  const config = parseConfig({ HUB_DATABASE_URL: database.databaseUrl, HUB_SECRET_KEY: key })
  const store = new Store(config.database)
  await migrateUp(store)
  const schema = await readSchema(store)
  let unique = 0

  const cell = (column: SchemaColumn, table: string, portalId: string, lineId: number) => {
    if (column.name === 'line_id' || (table === 'line' && column.name === 'id')) return lineId
    if (column.name === 'portal_id' || (table === 'portal' && column.name === 'id')) return portalId
    unique += 1
    if (!column.isNumber) return `x${unique}`
    // What isn't a key may be a TINYINT, MySQL's boolean.
    return column.isKey ? unique : unique % 100
  }
  const insert = async (table: string, portalId: string, lineId: number): Promise<void> => {
    const columns = (schema.get(table) ?? []).filter(
      ({ isNeeded, name }) => isNeeded || name === 'portal_id',
    )
    await store.run(
      `INSERT INTO ${table} (${columns.map(({ name }) => `\`${name}\``).join(', ')}) VALUES ${marks(columns.length)}`,
      columns.map((column) => cell(column, table, portalId, lineId)),
    )
  }
  const owned = (owner: 'line' | 'portal') =>
    [...schema.keys()].filter((table) => ownerOf(table, schema.get(table) ?? []) === owner)

  return {
    store,
    schema,
    portals: new PortalRepository(store, createSecretBox(KEY)),
    /** A row in every table that belongs to a portal or to a line. */
    async fill(portalId: string, lineIds: readonly number[]): Promise<void> {
      for (const table of owned('portal')) await insert(table, portalId, 0)
      for (const lineId of lineIds) {
        for (const table of owned('line')) await insert(table, portalId, lineId)
      }
    },
    async count(portalId: string, lineIds: readonly number[]): Promise<Record<string, number>> {
      const counts: Record<string, number> = {}
      const tally = async (table: string, column: string, ids: readonly unknown[]) => {
        const [row] = await store.rows<{ n: number }>(
          `SELECT COUNT(*) AS n FROM ${table} WHERE ${column} IN ${marks(ids.length)}`,
          ids,
        )
        counts[table] = Number(row?.n)
      }
      for (const table of owned('portal')) {
        await tally(table, table === 'portal' ? 'id' : 'portal_id', [portalId])
      }
      for (const table of owned('line')) {
        await tally(table, table === 'line' ? 'id' : 'line_id', lineIds)
      }
      return counts
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await database.dispose()
    },
  }
}
