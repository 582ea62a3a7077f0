import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeBotFramework } from '../fakes/botframework.ts'
import { startChannelRig } from '../helpers/channel-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'

const TELEGRAM = { connector: 'telegram', line: '12' }
const TEAMS = { connector: 'botframework.msteams', line: '7' }
const APP_ID = 'aaaaaaaa-2222-3333-4444-555555555555'
const OWNER = { id: 900, is_bot: false, first_name: 'Owner' }

for (const store of testStores()) {
  describe(`ids that a channel counts chat by chat, on ${store.name}`, () => {
    it('what an owner writes to one chat is no echo of what the hub has sent to another', async () => {
      await using telegram = await startTelegramWithBot()
      const settings = { token: BOT_TOKEN, apiRoot: telegram.url }
      await using rig = await startChannelRig(store, telegram, { ...TELEGRAM, settings })
      await rig.connect()
      for (const id of ['55', '66', '77/9']) {
        await rig.portal.hub.sendMessage({ ...TELEGRAM, chat: { id }, message: { text: 'hi' } })
      }
      const sent = await rig.arrived(3)
      const [number = '', ...others] = sent.flatMap(({ messageIds }) => messageIds as string[])
      // The fake counts chat by chat, too.
      assert.deepEqual(others, [number, number])
      const ownerWrites = (chatId: number, text: string, more: object = {}) =>
        telegram.push(BOT_ID, {
          business_message: {
            message_id: Number(number),
            from: OWNER,
            chat: { id: chatId, first_name: 'Ann', type: 'private' },
            date: 1_767_225_600,
            business_connection_id: 'bc1',
            text,
            ...more,
          },
        })
      await ownerWrites(88, 'by hand')
      // In each chat that the hub has sent to it is the echo, whatever the thread.
      for (const chatId of [55, 66, 77]) await ownerWrites(chatId, 'an echo')
      await ownerWrites(77, 'an echo', { message_thread_id: 9, is_topic_message: true })
      await ownerWrites(99, 'by hand, too')
      const told = (await rig.arrived(5)).slice(3)
      assert.deepEqual(
        told.map((event) => {
          const { chat, message } = event as unknown as {
            chat: { id: string }
            message: { text: string; outgoing: boolean }
          }
          return [chat.id, message.text, message.outgoing]
        }),
        [
          ['88', 'by hand', true],
          ['99', 'by hand, too', true],
        ],
      )
    })

    it('a status is of the message in its own chat, also after an edit', async () => {
      await using fake = await FakeBotFramework.start()
      const settings = fake.settings(APP_ID, 'planted~app-secret')
      await using rig = await startChannelRig(store, fake, { ...TEAMS, settings })
      const { status } = await rig.connect()
      let ids = 0
      const post = async (chat: string, activity: object): Promise<void> => {
        const posted = await fake.postActivity(status.webhookUrl, {
          id: `in-${++ids}`,
          timestamp: '2026-01-10T09:00:00.120Z',
          channelId: 'msteams',
          from: { id: `29:${chat}`, name: 'Anna' },
          recipient: { id: `28:${APP_ID}`, name: 'Desk' },
          conversation: { id: chat, conversationType: 'personal' },
          ...activity,
        })
        assert.equal(posted.status, 200, posted.body)
      }
      const chats = ['a:1', 'a:2', 'a:3']
      const outs: string[] = []
      for (const [index, chat] of chats.entries()) {
        await post(chat, { type: 'message', text: 'hi' })
        // Teams' ids are milliseconds: each of these messages gets the same.
        fake.counts.connector = 0
        const message = { ...TEAMS, chat: { id: chat }, message: { text: 'hello' } }
        outs.push((await rig.portal.hub.sendMessage<{ id: string }>(message)).id)
        const sent = (await rig.arrived(2 * index + 2)).at(-1)
        assert.deepEqual([sent?.['status'], sent?.['messageIds']], ['sent', ['act-1']])
      }
      const edit = { ...TEAMS, chat: { id: 'a:3' }, message: { id: 'act-1', text: 'hello!' } }
      fake.counts.connector = 0
      await rig.portal.hub.updateMessage(edit)
      await rig.arrived(7)
      for (const chat of chats.toReversed()) {
        await post(chat, {
          type: 'event',
          name: 'application/vnd.microsoft.readReceipt',
          value: { lastReadMessageId: 'act-1' },
        })
      }
      const read = (await rig.arrived(10)).slice(7)
      assert.deepEqual(
        read.map((event) => [event['status'], (event['chat'] as { id: string }).id, event['out']]),
        chats.map((chat, index) => ['read', chat, outs[index]]).toReversed(),
      )
    })
  })
}
