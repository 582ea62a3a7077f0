import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Era } from '../../src/portal/dialects/bitrix/era.ts'
import { deepMemberOf, textOf, valuesOf } from '../../src/portal/dialects/bitrix/php-value.ts'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import { startTestHub, type TestHub } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegrambot', line: '7' }

for (const store of testStores()) {
  for (const era of ['2019', '2026'] as const) {
    describe(`a Bitrix24 portal of ${era} on ${store.name}`, () => {
      it('is written to and answers, and learns what became of its answers', async () => {
        await using rig = await openRig(store, era)
        await rig.write('hello')
        await rig.portal.waitForShown(1)
        assert.deepEqual(rig.portal.texts(), ['hello'])
        await rig.answer('[b]Anna:[/b] [br]hi', 101)
        const delivery = await rig.posted('receivingStatusDelivery')
        assert.deepEqual(imOf(delivery), ['1807', '101'])
        assert.equal(valuesOf(deepMemberOf(delivery, 'message', 'id')).length, 1)
        const [call] = rig.telegram.callsOf('sendMessage')
        assert.match(String(call?.params['text']), /Anna.*hi/s)
      })

      it('is told when an answer reaches nobody', async () => {
        await using rig = await openRig(store, era)
        await rig.write('hello')
        await rig.portal.waitForShown(1)
        await rig.telegram.personBlocks({ botId: BOT_ID, chatId: 55 })
        await rig.answer('are you there?', 102)
        if (era === '2026') {
          const block = await rig.posted('receivingStatusBlock')
          assert.equal(textOf(deepMemberOf(block, 'message', 'type')), 'message_deny')
          const error = await rig.posted('receivingError')
          assert.equal(textOf(deepMemberOf(error, 'messageId')), '102')
        } else {
          await rig.portal.waitForShown(3)
          const [, blocked, failed] = rig.portal.texts()
          assert.match(String(blocked), /has blocked the bot/)
          assert.match(String(failed), /was not sent/)
        }
        assert.deepEqual(rig.portal.dropped, [])
      })

      it('keeps the order of what waited for it, and gets each once', async () => {
        await using rig = await openRig(store, era)
        rig.portal.script.push({ status: 502, body: '<html>Bad gateway</html>' })
        const texts = Array.from({ length: 60 }, (_, index) => `message ${index}`)
        for (const text of texts) await rig.write(text)
        await waitFor(() => rig.portal.posts.length > 0)
        rig.clock.jump(10 * 60_000)
        await rig.portal.waitForShown(60)
        assert.deepEqual(rig.portal.texts(), texts)
      })

      it('gets the mark for a line whose bot another portal has taken', async () => {
        await using rig = await openRig(store, era)
        await using other = await FakeBitrix.start({ licenceKey: 'PLANTED-LICENCE-KEY-0002' })
        await addPortal(rig.hub, other)
        await connect(rig.hub, other, rig.telegram.url)
        await waitFor(() =>
          rig.portal.posts.some(({ command }) => command === 'deactivateConnector'),
        )
        const { connector, line } = rig.portal.posts.at(-1) ?? {}
        assert.deepEqual({ connector, line }, LINE)
        assert.deepEqual(other.posts, [])
      })
    })
  }
}

function imOf(item: Parameters<typeof deepMemberOf>[0]): (string | undefined)[] {
  return ['chat_id', 'message_id'].map((key) => textOf(deepMemberOf(item, 'im', key)))
}

async function addPortal(hub: TestHub, portal: FakeBitrix): Promise<void> {
  await hub.app.services.portalOperations.add({
    name: 'Shop',
    url: portal.url,
    format: { text: 'bbcode', emoji: 'shortname' },
    dialect: 'bitrix',
    settings: portal.settings,
  })
  portal.hubUrl = hub.url
}

/** As the portal's page does it. */
async function connect(hub: TestHub, portal: FakeBitrix, apiRoot: string): Promise<void> {
  const form = { api_token: BOT_TOKEN, apiRoot }
  for (const [command, args] of [
    ['saveSettings', [form]],
    ['testConnect', []],
    ['register', []],
  ] as const) {
    const { text, body } = await portal.call(hub.url, { ...LINE, command, args })
    assert.equal(body.OK, true, `${command}: ${text}`)
  }
}

async function openRig(store: TestStore, era: Era) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const clock = createJumpClock()
  const hub = stack.use(await startTestHub({ databaseUrl, clock }))
  const portal = stack.use(await FakeBitrix.start({ era }))
  await addPortal(hub, portal)
  await connect(hub, portal, telegram.url)
  portal.posts.length = 0
  return {
    hub,
    portal,
    telegram,
    clock,
    async write(text: string) {
      await telegram.personWrites({ botId: BOT_ID, chatId: 55, text })
    },
    /** What the operator writes in the chat that was written to. */
    async answer(text: string, messageId: number) {
      const im = { chat_id: 1807, message_id: messageId }
      const message = { user_id: 27, text, files: [], attachments: [], params: {} }
      const item = { im, message, chat: { id: '55' } }
      await portal.order(hub.url, { ...LINE, command: 'sendMessage', args: [[item]] })
    },
    async posted(command: string) {
      await waitFor(() => portal.items(command).length > 0, `a post of ${command}`)
      return portal.items(command)[0]
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
