import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createHub } from '../../src/client/hub.ts'
import { textsOf } from '../helpers/delivery-rig.ts'
import { addTestPortal, startTestHub, TEST_KEY } from '../helpers/hub.ts'
import { startHubProcess } from '../helpers/hub-process.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const MESSAGES = 200

for (const store of testStores()) {
  describe(`a hub that is killed on ${store.name}`, () => {
    it('has lost nothing that it answered 200, and delivers it in order', async () => {
      await using database = await store.openEmpty()
      const { databaseUrl } = database
      await using telegram = await startTelegramWithBot()
      await using rig = new AsyncDisposableStack()
      const setup = rig.use(await startTestHub({ databaseUrl }))
      await using portal = await addTestPortal(setup)
      assert.equal((await connectTelegram(portal, telegram)).ok, true)
      await setup.stop()

      const env = {
        HUB_DATABASE_URL: databaseUrl,
        HUB_SECRET_KEY: TEST_KEY,
        HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
      }
      const { url: installed = '', secretToken = '' } = telegram.bot(BOT_ID).webhook ?? {}
      const path = installed.slice(new URL(installed).origin.length)
      const taken: string[] = []
      const post = async (hubUrl: string, number: number): Promise<void> => {
        const answer = await fetch(`${hubUrl}${path}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-telegram-bot-api-secret-token': secretToken,
          },
          body: JSON.stringify({
            update_id: 1000 + number,
            message: {
              message_id: number + 1,
              date: 1_767_225_600,
              chat: { id: 5, type: 'private', first_name: 'Ann' },
              from: { id: 5, is_bot: false, first_name: 'Ann' },
              text: `text ${number}`,
            },
          }),
        })
        assert.equal(answer.status, 200)
        taken.push(`text ${number}`)
      }

      let next = 0
      for (let life = 0; life < 3; life++) {
        await using hub = await startHubProcess(env)
        const until = Math.round((MESSAGES / 3) * (life + 1))
        // The last posts of each life race with the kill: they may be refused, then they are posted again.
        while (next < until) {
          await post(hub.url, next)
          next++
        }
        const racing = post(hub.url, next).catch(() => undefined)
        await hub.kill('SIGKILL')
        await racing
      }
      await using last = await startHubProcess(env)
      // Whether or not the racing post was taken: the same update again yields its event once.
      for (const number of [...Array(next + 1).keys()]) {
        if (!taken.includes(`text ${number}`)) await post(last.url, number)
      }
      await waitFor(
        () => taken.every((text) => textsOf(portal.server.events).includes(text)),
        () => `all ${taken.length} messages, got ${portal.server.events.length}`,
        30_000,
      )
      const ids = portal.server.received.map(({ id }) => id)
      const firsts = [...new Set(ids)]
      assert.deepEqual(firsts, [...firsts].sort(), 'in order')
      assert.equal(
        new Set(textsOf(portal.server.received)).size,
        firsts.length,
        'one id per message',
      )
      const client = createHub<'ping'>({ url: last.url, portal: portal.id, secret: portal.secret })
      assert.ok(await client.ping())
      assert.equal(await last.kill('SIGTERM'), 0)
    })
  })
}
