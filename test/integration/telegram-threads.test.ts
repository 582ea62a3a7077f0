import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startChannelRig } from '../helpers/channel-rig.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const ADDRESS = { connector: 'telegram', line: '12' }
const DESK = { id: -1009999, type: 'supergroup', title: 'Shop channel', is_direct_messages: true }

async function open(store: TestStore) {
  const telegram = await startTelegramWithBot()
  const settings = { token: BOT_TOKEN, apiRoot: telegram.url }
  const rig = await startChannelRig(store, telegram, { ...ADDRESS, settings })
  await rig.connect()
  const write = (message: object): Promise<unknown> =>
    telegram.push(BOT_ID, {
      message: { message_id: 1001, date: 1_767_225_600, ...message },
    })
  const answer = (chat: string, message: object = { text: 'the answer' }): Promise<unknown> =>
    rig.portal.hub.sendMessage({ ...ADDRESS, chat: { id: chat }, message })
  return { ...rig, telegram, write, answer }
}

function person(id: number, name: string): object {
  return { id, is_bot: false, first_name: name }
}

for (const store of testStores()) {
  describe(`threads of Telegram on ${store.name}`, () => {
    it("gives each customer of a channel's direct messages a chat, and answers into it", async () => {
      await using bench = await open(store)
      const { telegram, write, answer } = bench
      telegram.bot(BOT_ID).directMessages.add(DESK.id)
      for (const [id, name] of [
        [55, 'Ann'],
        [66, 'Bob'],
      ] as const) {
        const from = person(id, name)
        await write({
          chat: DESK,
          from,
          text: 'late',
          direct_messages_topic: { topic_id: id, user: from },
        })
      }
      const events = await bench.arrived(2)
      const chats = events.map(({ chat }) => chat as { id: string; kind: string; thread: object })
      assert.deepEqual(
        chats.map(({ kind, thread }) => [kind, thread]),
        [
          ['private', { id: '55', name: 'Ann' }],
          ['private', { id: '66', name: 'Bob' }],
        ],
      )
      for (const { id } of chats) await answer(id)
      const statuses = (await bench.arrived(4)).slice(2)
      assert.deepEqual(new Set(statuses.map(({ status }) => status)), new Set(['sent']))
      assert.deepEqual(
        new Set(statuses.map(({ chat }) => (chat as { id: string }).id)),
        new Set(chats.map(({ id }) => id)),
      )
      const topics = telegram
        .callsOf('sendMessage')
        .map(({ params }) => params['direct_messages_topic_id'])
      assert.deepEqual(topics.sort(), [55, 66])
    })

    it('answers in the topic that a person wrote in, by either id of the chat', async () => {
      await using bench = await open(store)
      const from = person(57, 'Ann')
      const chat = { ...from, type: 'private' }
      await bench.write({
        chat,
        from,
        text: 'in a topic',
        message_thread_id: 9,
        is_topic_message: true,
      })
      const [event] = (await bench.arrived(1)) as unknown as { chat: { id: string } }[]
      await bench.answer(event?.chat.id ?? '')
      await bench.answer('57')
      await bench.arrived(3)
      const topics = bench.telegram
        .callsOf('sendMessage')
        .map(({ params }) => params['message_thread_id'])
      assert.deepEqual(topics, [9, 9])
    })

    it('an answer to the bot is sent by the bot when the business connection has ended', async () => {
      await using bench = await open(store)
      const from = person(58, 'Cat')
      const chat = { ...from, type: 'private' }
      const message = { message_id: 1006, date: 1_767_225_600, chat, from }
      await bench.telegram.push(BOT_ID, {
        business_message: { ...message, business_connection_id: 'bc1', text: 'to the account' },
      })
      bench.telegram.bot(BOT_ID).endedConnections.add('bc1')
      const ended = { id: 'bc1', user: person(700, 'Owner'), user_chat_id: 700, is_enabled: false }
      await bench.telegram.push(BOT_ID, { business_connection: ended })
      await bench.write({ chat, from, text: 'now directly to the bot' })
      await bench.arrived(3)
      await bench.answer('58')
      const [, told, , status] = await bench.arrived(4)
      assert.equal(told?.['kind'], 'business_connection:ended')
      assert.equal(status?.['status'], 'sent')
    })

    it('an edit keeps the buttons that the hub has sent, until it brings others', async () => {
      await using bench = await open(store)
      const chat = { id: '55' }
      const buttons = [[{ text: 'Yes', payload: 'y' }]]
      await bench.answer('55', { text: 'Choose', buttons })
      const [sent] = await bench.arrived(1)
      const [id] = (sent?.['messageIds'] ?? []) as string[]
      const shown = (): unknown =>
        bench.telegram.bot(BOT_ID).messages.get(`55:${id}`)?.['reply_markup']
      const before = shown()
      const edit = async (count: number, message: object): Promise<void> => {
        await bench.portal.hub.updateMessage({ ...ADDRESS, chat, message: { id, ...message } })
        await bench.arrived(count)
      }
      await edit(2, { text: 'Choose now' })
      assert.deepEqual(shown(), before)
      await edit(3, { text: 'Choose at last', buttons: [[{ text: 'No', payload: 'n' }]] })
      await edit(4, { text: 'Really' })
      assert.deepEqual(shown(), { inline_keyboard: [[{ text: 'No', callback_data: 'n' }]] })
    })

    it('an odd part is told as unsupported and in the log, without its text', async () => {
      await using bench = await open(store)
      const from = person(55, 'Ann')
      await bench.write({ chat: { ...from, type: 'private' }, from, message_id: 'PLANTED words' })
      const [event] = await bench.arrived(1)
      assert.equal(event?.['kind'], 'message')
      await waitFor(() => bench.hub.logText().includes('update.unreadable'), 'the line in the log')
      assert.ok(!bench.hub.logText().includes('PLANTED words'))
    })
  })
}
