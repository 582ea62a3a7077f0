import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createConnection } from 'mysql2/promise'
import { nameSession } from '../../src/db/engine/session-names.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

const [, mariadb] = testStores()

/** As on MySQL, which has no bound for idle transactions: the tests' MariaDB has, so the name is taken by hand. */
describe('sessions of a process that is declared dead, on a server that would keep them', () => {
  it('are ended, and rows they held locked are free; other processes keep theirs', async () => {
    assert.ok(mariadb)
    await using database = await mariadb.open()
    const { databaseUrl } = database
    await withStore(databaseUrl, async (dead) => {
      await withStore(databaseUrl, async (store) => {
        const processes = new ProcessRepository(store)
        const record = { host: 'h', pid: 1, roles: 'inbox' }
        await new ProcessRepository(dead).register({ ...record, token: 'prc_dead' }, 5, 0)
        await processes.register({ ...record, token: 'prc_live' }, 5, 0)
        await store.run('INSERT INTO inbox_line (line_id, portal_id) VALUES (1, 1)')
        const sessions = await Promise.all([1, 2, 3].map(() => createConnection(databaseUrl)))
        const [first, second, bystander] = sessions
        for (const session of sessions) session.on('error', () => undefined)
        await first?.query(nameSession(dead.sessionName))
        await second?.query(nameSession(dead.sessionName))
        await bystander?.query(nameSession(store.sessionName))
        await second?.query('BEGIN')
        await second?.query('SELECT * FROM inbox_line WHERE line_id = 1 FOR UPDATE')
        assert.equal(await processes.declareDead('prc_dead', 5), true)
        await store.run('UPDATE inbox_line SET seq = 7 WHERE line_id = 1')
        await assert.rejects(async () => await first?.query('SELECT 1'))
        await bystander?.query('SELECT 1')
        // Its own, under an earlier token.
        assert.equal(await processes.declareDead('prc_live', 5), true)
        await bystander?.query('SELECT 1')
        await bystander?.end()
      })
    })
  })
})
