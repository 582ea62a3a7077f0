import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { parseConfig } from '#config'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { startMariaDb } from '../helpers/mariadb.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { withStore } from '../helpers/with-store.ts'

const SECRET_KEY = Buffer.alloc(32, 7).toString('base64')

describe('test stores', () => {
  for (const store of testStores()) {
    it(`${store.name}: each call gives another database that the configuration takes`, async () => {
      await using first = await store.open()
      await using second = await store.open()
      assert.notEqual(first.databaseUrl, second.databaseUrl)
      const { database } = parseConfig({
        HUB_DATABASE_URL: first.databaseUrl,
        HUB_SECRET_KEY: SECRET_KEY,
      })
      assert.equal(database.kind, store.name === 'sqlite' ? 'sqlite' : 'mysql')
    })
  }

  it('mariadb: a copy of the template is what the migrations make of an empty database', async () => {
    const mariadb = testStores().find(({ name }) => name === 'mariadb')
    assert.ok(mariadb)
    await using copy = await mariadb.open()
    await using empty = await mariadb.openEmpty()
    assert.deepEqual(await tablesOf(empty.databaseUrl), [])
    assert.deepEqual(await withStore(copy.databaseUrl, migrateUp), [])
    assert.notDeepEqual(await withStore(empty.databaseUrl, migrateUp), [])
    assert.deepEqual(await tablesOf(copy.databaseUrl), await tablesOf(empty.databaseUrl))
  })
})

/** The statements that make its tables, as the server tells them. */
async function tablesOf(url: string): Promise<string[]> {
  const connection = await createConnection(url)
  try {
    const [tables] = await connection.query<RowDataPacket[]>('SHOW TABLES')
    const made: string[] = []
    for (const name of tables.map((row) => String(Object.values(row)[0]))) {
      const [[row]] = await connection.query<RowDataPacket[]>(`SHOW CREATE TABLE ${name}`)
      made.push(String(row?.['Create Table']).replace(/ AUTO_INCREMENT=\d+/, ''))
    }
    return made
  } finally {
    await connection.end()
  }
}

describe('private MariaDB', () => {
  it('keeps committed rows over a kill and a restart, and is gone after stop', async () => {
    const server = await startMariaDb()
    const url = await server.createDatabase()
    const before = await createConnection(url)
    // The kill breaks this connection, which is the point.
    before.on('error', () => undefined)
    await before.query('CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9))')
    await before.query("INSERT INTO t VALUES (1, '😀')")
    await server.kill()
    await server.restart()
    const after = await createConnection(url)
    const [rows] = await after.query('SELECT name FROM t')
    assert.deepEqual(rows, [{ name: '😀' }])
    await after.end()
    const { pid } = server
    await server.stop()
    await waitFor(() => !isRunning(pid), 'the server to be gone')
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
