import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createConnection } from 'mysql2/promise'
import { parseConfig } from '#config'
import { startMariaDb } from '../helpers/mariadb.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

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
})

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
