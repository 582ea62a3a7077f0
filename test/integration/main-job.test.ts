import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

for (const store of testStores()) {
  describe(`the main job on ${store.name}`, () => {
    it('brings a message to the portal and the answer back', async () => {
      await using database = await store.openEmpty()
      await using telegram = await startTelegramWithBot()
      await using hub = await startTestHub({ databaseUrl: database.databaseUrl })
      await using portal = await addTestPortal(hub)
      const tested = await connectTelegram(portal, telegram)
      assert.equal(tested.ok, true, JSON.stringify(tested))
      assert.equal(tested.status.status, 'connected')
      assert.equal(tested.webhookInstalled, true)
      const pushed = await telegram.personWrites({ botId: BOT_ID, chatId: 55, text: 'Hi 👋' })
      assert.deepEqual(pushed, { queued: false, status: 200, body: '' })
      const [event] = await portal.server.waitForEvents(1)
      assert.equal(event?.type, 'message.new')
      assert.deepEqual((event as { message?: { text?: string } }).message?.text, 'Hi :wave:')
      const sent = await portal.hub.sendMessage<{ id: string; status: string }>({
        connector: 'telegram',
        line: '12',
        chat: { id: '55' },
        message: { text: 'Hello [b]Ann[/b] :grinning:' },
      })
      assert.match(sent.id, /^out_/)
      const call = await waitFor(() => telegram.callsOf('sendMessage')[0], 'the answer at Telegram')
      assert.equal(call.params['text'], 'Hello Ann 😀')
      const events = await portal.server.waitForEvents(2)
      const status = events[1] as { type: string; status?: string; out?: string }
      assert.equal(status.type, 'message.status')
      assert.equal(status.status, 'sent')
      assert.equal(status.out, sent.id)
    })
  })
}
