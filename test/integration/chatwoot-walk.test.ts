import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startChatwootRig } from '../helpers/chatwoot-rig.ts'
import { addTestPortal } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, connectTelegram } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const DAY_MS = 24 * 60 * 60 * 1000

for (const store of testStores()) {
  describe(`Chatwoot on ${store.name}`, () => {
    it('is connected, talks both ways, is away for a day, misses webhooks and loses the bot', async () => {
      await using rig = await startChatwootRig(store)
      const { chatwoot, telegram, hub, clock } = rig
      telegram.bot(BOT_ID).fetchesFiles = true
      const tested = await rig.connect()
      assert.equal(tested.ok, true, JSON.stringify(tested))
      assert.deepEqual(
        chatwoot.model.inboxes.map(({ name }) => name),
        ['Telegram · 12'],
      )

      await rig.write('Hello, is *anybody* there?')
      const first = await chatwoot.waitForText('anybody')
      assert.equal(first.message_type, 'incoming')
      const conversation = rig.conversation()

      const answer = chatwoot.agentWrites(conversation, {
        content: 'Yes, **we** are',
        attachments: [{ name: 'price.docx', mime: DOCX, bytes: Buffer.from('DOCX') }],
      })
      await rig.waitForStatus(answer, 'sent')
      const sent = telegram.callsOf('sendDocument').at(-1)
      const bold = { type: 'bold', offset: 5, length: 2 }
      assert.equal(sent?.params['caption'], 'Yes, we are')
      assert.deepEqual(sent.params['caption_entities'], [bold])
      assert.deepEqual(sent.params['document'], { name: 'price.docx', size: 4, mime: DOCX })

      await hub.restart()
      const plain = chatwoot.agentWrites(conversation, { content: 'At five' })
      await rig.waitForStatus(plain, 'sent')
      // Back to an earlier text as well.
      for (const [index, text] of ['At six', 'At five', 'At six'].entries()) {
        chatwoot.agentEdits(plain, text)
        const isShown = () => telegram.callsOf('editMessageText').length === index + 1
        await waitFor(isShown, `edit ${index} at Telegram`)
      }
      chatwoot.agentDeletes(plain)
      await waitFor(() => telegram.callsOf('deleteMessage').length === 1, 'a deletion at Telegram')

      await chatwoot.stop()
      await rig.write('Are you away?')
      await rig.write('Hello?')
      await waitFor(
        async () => (await hub.app.services.lineOperations.statusOf(lineOf(rig))).lockout,
        'a lockout',
      )
      for (let hours = 0; hours < 22; hours++) clock.jump(DAY_MS / 24)
      await chatwoot.start()
      clock.jump(2 * 60 * 60 * 1000)
      await chatwoot.waitForText('Hello?')
      assert.deepEqual(chatwoot.texts(conversation.id).slice(-2), ['Are you away?', 'Hello?'])

      await hub.restart()
      chatwoot.isMute = true
      const missed = ['One', 'Two', 'Three'].map((content) =>
        chatwoot.agentWrites(conversation, { content }),
      )
      chatwoot.isMute = false
      await rig.upkeep()
      for (const message of missed) await rig.waitForStatus(message, 'sent')
      assert.deepEqual(rig.sent().slice(-3), ['One', 'Two', 'Three'])
      await rig.upkeep()
      await hub.restart()
      await rig.upkeep()

      await using other = await addTestPortal(hub)
      assert.equal((await connectTelegram(other, telegram, '1')).displaced, true)
      await waitFor(() => chatwoot.notes().length === 1, 'the note that the line has stopped')
      assert.match(chatwoot.notes()[0] ?? '', /stopped working/)
      await chatwoot.settled()
      assert.deepEqual(rig.sent().slice(-3), ['One', 'Two', 'Three'])
      assert.equal(chatwoot.model.conversations.length, 1)
      assert.equal(chatwoot.model.contacts.length, 1)
      assert.ok(!hub.logText().includes(chatwoot.token))
    })
  })
}

function lineOf({ portalId }: { readonly portalId: string }) {
  return { portalId, connector: 'telegram', externalId: '12' }
}
