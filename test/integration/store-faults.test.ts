import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Store } from '../../src/db/engine/store.ts'
import { startTcpProxy } from '../fakes/tcp-proxy.ts'
import { startDeliveryRig, textsOf } from '../helpers/delivery-rig.ts'
import { execute, startMariaDb } from '../helpers/mariadb.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { BOT_ID } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const [sqlite, mariadb] = testStores()
const HOUR_MS = 3_600_000

function storeAt(databaseUrl: string): Pick<TestStore, 'open'> {
  const dispose = async (): Promise<void> => undefined
  return { open: async () => ({ databaseUrl, dispose, [Symbol.asyncDispose]: dispose }) }
}

interface RawConnection {
  readonly database: { exec(sql: string): void }
}

/** SQLite with a limit on its pages fails just as on a full disk, with SQLITE_FULL; the limit is each connection's own. */
function fillDisk(store: Store) {
  const client = store.knex.client as { acquireRawConnection(): Promise<RawConnection> }
  const open = client.acquireRawConnection.bind(client)
  let limit = 0
  client.acquireRawConnection = async () => {
    const connection = await open()
    connection.database.exec(`PRAGMA max_page_count = ${limit}`)
    return connection
  }
  return {
    async size(): Promise<number> {
      const [row] = await store.rows<{ page_count: number }>('PRAGMA page_count')
      return row?.page_count ?? 0
    },
    async limitTo(pages: number): Promise<void> {
      limit = pages
      await store.rows(`PRAGMA max_page_count = ${pages}`)
    },
  }
}

describe('a store that cannot be written', { concurrency: 2 }, () => {
  it('SQLite on a full disk: 503, nothing corrupted, and on it goes when there is room', async () => {
    assert.ok(sqlite)
    await using rig = await startDeliveryRig(sqlite)
    const { store } = rig.hub.app.services
    await rig.write('before')
    await rig.portal.server.waitForEvents(1)
    const disk = fillDisk(store)
    await disk.limitTo(await disk.size())
    const text = 'x'.repeat(400_000)
    const refused = await rig.telegram.personWrites({ botId: BOT_ID, chatId: 55, text })
    assert.equal(refused.queued ? 0 : refused.status, 503)
    await disk.limitTo(1_000_000)
    await rig.write('after')
    assert.deepEqual(textsOf(await rig.portal.server.waitForEvents(2)), ['before', 'after'])
    const [check] = await store.rows<{ integrity_check: string }>('PRAGMA integrity_check')
    assert.equal(check?.integrity_check, 'ok')
  })

  it('MariaDB that has become read-only: 503, and on it goes when it takes writes again', async () => {
    await using server = await startMariaDb()
    const asRoot = await server.createDatabase()
    // Root may write to a read-only server; the hub's own user may not.
    await execute(asRoot, "CREATE USER hub@localhost IDENTIFIED BY 'hub'")
    await execute(asRoot, `GRANT ALL ON ${new URL(asRoot).pathname.slice(1)}.* TO hub@localhost`)
    const asHub = new URL(asRoot)
    asHub.username = 'hub'
    asHub.password = 'hub'
    await using rig = await startDeliveryRig(storeAt(asHub.href))
    await rig.write('before')
    await rig.portal.server.waitForEvents(1)
    await execute(asRoot, 'SET GLOBAL read_only = 1')
    const refused = await rig.telegram.personWrites({ botId: BOT_ID, chatId: 55, text: 'no' })
    assert.equal(refused.queued ? 0 : refused.status, 503)
    await execute(asRoot, 'SET GLOBAL read_only = 0')
    await rig.write('after')
    const events = await rig.portal.server.waitForEvents(2, 15_000)
    assert.deepEqual(textsOf(events), ['before', 'after'])
  })

  it('MariaDB that has gone without a word: 503 instead of silence, and on it goes', async () => {
    await using server = await startMariaDb()
    const direct = new URL(await server.createDatabase())
    const path = direct.searchParams.get('socketPath') ?? ''
    await using proxy = await startTcpProxy({ path })
    await execute(direct.href, "CREATE USER hub@'%' IDENTIFIED BY 'hub'")
    await execute(direct.href, `GRANT ALL ON ${direct.pathname.slice(1)}.* TO hub@'%'`)
    const databaseUrl = `mysql://hub:hub@127.0.0.1:${proxy.port}${direct.pathname}`
    await using rig = await startDeliveryRig(storeAt(databaseUrl))
    await rig.write('before')
    await rig.portal.server.waitForEvents(1)
    rig.hub.app.services.store.patience.limitMs = 300
    proxy.pause()
    const refused = await rig.telegram.personWrites({ botId: BOT_ID, chatId: 55, text: 'no' })
    assert.equal(refused.queued ? 0 : refused.status, 503)
    await proxy.heal()
    const taken = await waitFor(async () => {
      const pushed = await rig.telegram.personWrites({ botId: BOT_ID, chatId: 55, text: 'after' })
      return !pushed.queued && pushed.status === 200
    }, 'the store to be used again')
    assert.ok(taken)
    await waitFor(() => textsOf(rig.portal.server.events).includes('after'), 'the message', 20_000)
  })

  it('MariaDB transactions that lose against each other are repeated', async () => {
    assert.ok(mariadb)
    await using rig = await startDeliveryRig(mariadb)
    const { store } = rig.hub.app.services
    await store.run(
      "INSERT INTO portal (id, name, url, secret, text_format, emoji_format, created_at) VALUES ('a', '', '', '', '', '', 0), ('b', '', '', '', '', '', 0)",
    )
    const gate = Promise.withResolvers<void>()
    let waiting = 0
    let tries = 0
    const rename = (first: string, second: string): Promise<void> =>
      store.transaction(async (trx) => {
        tries++
        await trx.run("UPDATE portal SET name = CONCAT(name, 'x') WHERE id = ?", [first])
        if (++waiting >= 2) gate.resolve()
        await gate.promise
        await trx.run("UPDATE portal SET name = CONCAT(name, 'y') WHERE id = ?", [second])
      })
    await Promise.all([rename('a', 'b'), rename('b', 'a')])
    assert.equal(tries, 3, 'one of them was rolled back as the deadlock victim, and repeated')
    const rows = await store.rows<{ name: string }>(
      "SELECT name FROM portal WHERE id IN ('a', 'b')",
    )
    assert.deepEqual(
      rows.map(({ name }) => [...name].sort().join('')),
      ['xy', 'xy'],
    )
  })
})

for (const store of testStores()) {
  describe(`a clock that was an hour ahead, on ${store.name}`, () => {
    it('leaves no line waiting for the hour, and delivers in order', async () => {
      await using rig = await startDeliveryRig(store)
      const { store: db } = rig.hub.app.services
      await rig.portal.server.stop()
      await rig.write('1', '2')
      await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      // What a process on a clock an hour ahead would have left behind: due, but only in an hour.
      await db.run(
        `UPDATE inbox_line SET due_at = ?, attempt = 0, locked_until = NULL, first_failed_at = NULL,
         seq = seq + ?`,
        [rig.clock.now() + HOUR_MS, HOUR_MS * 1024],
      )
      await rig.portal.server.start()
      rig.clock.jump(3000)
      await rig.portal.server.waitForEvents(2)
      await rig.write('3')
      assert.deepEqual(textsOf(await rig.portal.server.waitForEvents(3)), ['1', '2', '3'])
      const ids = rig.portal.server.events.map(({ id }) => id)
      assert.deepEqual(ids, [...ids].sort())
    })
  })
}
