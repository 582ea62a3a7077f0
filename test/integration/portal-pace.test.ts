import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { CliHost } from '../helpers/cli-host.ts'
import { TEST_KEY } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

interface Listed {
  readonly name: string
  readonly notificationRate: number
  readonly timeZone: string
  readonly dialogIdleMin: number
}

for (const store of testStores()) {
  describe(`hub portal set, on ${store.name}`, () => {
    it('sets what is named, leaves the rest, and refuses all that is wrong at once', async () => {
      await using database = await store.openEmpty()
      const env = { HUB_DATABASE_URL: database.databaseUrl, HUB_SECRET_KEY: TEST_KEY }
      const { id } = await cli.json<{ id: string }>(
        ['portal', 'add', 'A', 'https://crm.example/hub'],
        env,
      )
      const paceOf = async () => {
        const [portal] = await cli.json<Listed[]>(['portal', 'list'], env)
        assert.equal(portal?.name, 'A')
        return [portal.notificationRate, portal.timeZone, portal.dialogIdleMin]
      }
      assert.deepEqual(await paceOf(), [20, 'UTC', 30])
      const set = (...args: string[]) => cli.run(['portal', 'set', id, ...args], env)
      assert.equal((await set('--time-zone', 'Europe/Berlin', '--dialog-idle', '45')).code, 0)
      assert.equal((await set('--notification-rate', '5')).code, 0)
      assert.deepEqual(await paceOf(), [5, 'Europe/Berlin', 45])
      await cli.json(['portal', 'edit', id, '--language', 'ru'], env)
      const wrong = ['--notification-rate', '0', '--time-zone', 'Mars/Base', '--dialog-idle', '1.5']
      const { code, stderr } = await set(...wrong)
      assert.equal(code, 1)
      for (const field of ['notificationRate', 'timeZone', 'dialogIdle']) {
        assert.ok(stderr.includes(field), stderr)
      }
      assert.deepEqual(await paceOf(), [5, 'Europe/Berlin', 45])
    })
  })
}
