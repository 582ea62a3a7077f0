import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { HealthObject } from '../../src/health/health.ts'
import { runCli } from '../helpers/cli.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { SCRIPTED, startHealthRig } from '../helpers/health-rig.ts'
import { TEST_KEY } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID } from '../helpers/telegram-line.ts'

interface Doctor {
  readonly ok: boolean
  readonly checks: readonly {
    readonly name: string
    readonly state: string
    readonly lines?: readonly { readonly line: string; readonly toDo: string }[]
  }[]
}

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

for (const store of testStores()) {
  describe(`health on the command line on ${store.name}`, () => {
    it('list, status, check and doctor show it with what to do', async () => {
      await using rig = await startHealthRig(store)
      const env = { HUB_DATABASE_URL: rig.databaseUrl, HUB_SECRET_KEY: TEST_KEY }
      const line = [rig.portal.id, SCRIPTED.connector, SCRIPTED.line]
      const well = await runCli(['doctor'], env)
      assert.equal(well.code, 0, well.stdout)
      rig.script.answers = [[{ code: 'webhook_overwritten', host: 'rival.example' }]]
      // The hub that runs does it: this process knows no such connector.
      const checked = await cli.json<HealthObject>(['line', 'check', ...line], env)
      assert.equal(checked.code, 'webhook_overwritten')
      assert.equal(rig.script.checked.length, 1)
      const again = await runCli(['line', 'check', ...line], env)
      assert.match(again.stdout, /broken webhook_overwritten since .*\n.*rival\.example/s)
      assert.match(again.stdout, /to do {4}test the connection/)
      assert.equal(rig.script.checked.length, 1)
      assert.match(
        (await cli.run(['line', 'list'], env)).stdout,
        /failing +broken webhook_overwritten/,
      )
      assert.match(
        (await cli.run(['line', 'status', ...line], env)).stdout,
        /rival\.example.*to do/s,
      )
      const ill = await cli.run(['doctor', '--json'], env)
      assert.equal(ill.code, 1)
      const found = (JSON.parse(ill.stdout) as Doctor).checks.find(({ name }) => name === 'lines')
      assert.equal(found?.state, 'broken')
      assert.deepEqual(
        found?.lines?.map((one) => one.line),
        [line.join('/')],
      )
      assert.match((await cli.run(['doctor'], env)).stdout, /rival\.example/)
    })

    it('what the channel sent last is no report of health and no status', async () => {
      await using rig = await startHealthRig(store)
      const env = { HUB_DATABASE_URL: rig.databaseUrl, HUB_SECRET_KEY: TEST_KEY }
      const lastIn = async (): Promise<string | undefined> => {
        const [line] = await cli.json<{ lastInAt?: string }[]>(['line', 'list'], env)
        return line?.lastInAt
      }
      rig.script.answers = [[{ code: 'channel_limits', words: 'few left' }]]
      await rig.check()
      await rig.waitForTold(1)
      const call = { ...SCRIPTED, chat: { id: '55' }, message: { text: 'hello' } }
      await rig.portal.hub.sendMessage(call)
      await rig.portal.server.waitForEvents(1)
      assert.equal(await lastIn(), undefined)
      await rig.telegram.personWrites({ botId: BOT_ID, chatId: 55, text: 'hello' })
      assert.notEqual(await lastIn(), undefined)
    })

    it('a portal has a language', async () => {
      await using rig = await startHealthRig(store)
      const env = { HUB_DATABASE_URL: rig.databaseUrl, HUB_SECRET_KEY: TEST_KEY }
      const added = ['portal', 'add', 'Second', 'https://p.example/', '--language', 'ru']
      const { id } = await cli.json<{ id: string }>(added, env)
      const languages = async (): Promise<(string | undefined)[]> => {
        const list = await cli.json<{ id: string; language: string }[]>(['portal', 'list'], env)
        return [rig.portal.id, id].map((one) => list.find((made) => made.id === one)?.language)
      }
      assert.deepEqual(await languages(), ['en', 'ru'])
      await cli.json(['portal', 'edit', id, '--language', 'en'], env)
      assert.deepEqual(await languages(), ['en', 'en'])
      const wrong = await runCli(['portal', 'edit', id, '--language', 'xx'], env)
      assert.notEqual(wrong.code, 0)
    })
  })
}
