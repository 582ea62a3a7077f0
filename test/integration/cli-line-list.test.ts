import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type CliEnv, CliProcess } from '../helpers/cli.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { startDeliveryRig } from '../helpers/delivery-rig.ts'
import { TEST_KEY } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { connectTelegram } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

for (const store of testStores()) {
  describe(`hub line list on ${store.name}`, () => {
    it('shows locks, queues, the last messages and the account, those first that want a look', async () => {
      await using rig = await startDeliveryRig(store)
      const env: CliEnv = { HUB_DATABASE_URL: rig.databaseUrl, HUB_SECRET_KEY: TEST_KEY }
      await rig.portal.hub.saveSettings({
        ...{ connector: 'telegram', line: 'quiet' },
        settings: { token: '1:a', apiRoot: rig.telegram.url },
      })
      await rig.portal.server.stop()
      await rig.write('one', 'two')
      await waitFor(async () => (await rig.status()).lockout !== undefined, 'a lock')
      const lines = await cli.json<
        { line: string; lockout?: object; lastInAt?: string; lastOutAt?: string }[]
      >(['line', 'list'], env)
      assert.deepEqual(
        lines.map(({ line, lockout }) => [line, lockout !== undefined]),
        [
          ['12', true],
          ['quiet', false],
        ],
      )
      assert.ok(Math.abs(Date.parse(lines[0]?.lastInAt ?? '') - rig.clock.now()) < 60_000)
      assert.deepEqual([lines[0]?.lastOutAt, lines[1]?.lastInAt], [undefined, undefined])
      const { stdout } = await cli.run(['line', 'list', '--limit', '1'], env)
      const [headings = '', first = '', rest = ''] = stdout.split('\n')
      assert.match(headings, /ACCOUNT.+HEALTH.+LOCK.+QUEUE.+OUT.+DEAD.+LAST IN.+LAST OUT/)
      assert.match(
        first,
        /@desk_bot +connected +\S+.* 1 failed, next (in \d+ s|now) +2 +0 +0 +.+ ago +never/,
      )
      assert.equal(rest, 'and 1 more: --limit')
      await rig.portal.server.start()
      assert.equal((await connectTelegram(rig.portal, rig.telegram)).ok, true)
    })
  })
}

describe('hub line list --watch', () => {
  it('goes on until it is told to end, and then ends with 0', async () => {
    const [sqlite] = testStores()
    assert.ok(sqlite)
    await using database = await sqlite.open()
    const env = { HUB_DATABASE_URL: database.databaseUrl, HUB_SECRET_KEY: TEST_KEY }
    await using watching = new CliProcess(['line', 'list', '--watch'], env)
    await waitFor(
      () => watching.output().includes('There are no lines yet'),
      'a first look',
      10_000,
    )
    watching.kill('SIGINT')
    assert.equal((await watching.ended()).code, 0)
    assert.equal((await cli.run(['line', 'list', '--watch', '--json'], env)).code, 64)
    assert.equal((await cli.run(['line', 'list', '--limit', '0'], env)).code, 64)
  })
})
