import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatwootRig, startChatwootRig } from '../helpers/chatwoot-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

for (const store of testStores()) {
  describe(`people's messages in Chatwoot on ${store.name}`, () => {
    it('have no inbox by a test of the portal alone', async () => {
      await using rig = await startChatwootRig(store)
      const { speakers, portalRepository, clock, stopping } = rig.hub.app.services
      const [portal] = await portalRepository.list(clock.now())
      assert.ok(portal)
      const address = { lineId: 0, connector: 'telegram', externalLine: '0' }
      assert.equal((await speakers.test(portal, address, stopping.signal)).ok, true)
      assert.deepEqual(rig.chatwoot.model.inboxes, [])
    })

    it('make one contact and one conversation, also ten of a new person at once', async () => {
      await using rig = await startChatwootRig(store)
      await rig.connect()
      const texts = Array.from({ length: 10 }, (_, index) => `message ${index}`)
      await Promise.all(texts.map((text) => rig.write(text)))
      await waitFor(() => rig.chatwoot.texts().length === 10, 'ten messages')
      assert.deepEqual(rig.chatwoot.texts().toSorted(), texts)
      assert.equal(rig.chatwoot.model.contacts.length, 1)
      assert.equal(rig.conversation().inbox_id, rig.chatwoot.model.inboxes[0]?.id)
    })

    it('find their inbox, contact and conversation again when the hub remembers nothing', async () => {
      await using rig = await startChatwootRig(store)
      await rig.connect()
      await rig.write('one')
      await rig.chatwoot.waitForText('one')
      await forget(rig)
      await rig.write('two')
      await rig.chatwoot.waitForText('two')
      assert.deepEqual(rig.chatwoot.texts(rig.conversation().id), ['one', 'two'])
      assert.equal(rig.chatwoot.model.inboxes.length, 1)
    })

    it('are told from those of people whose ids begin alike', async () => {
      await using rig = await startChatwootRig(store)
      await rig.connect()
      for (let id = 1; id <= 20; id++) await rig.write(`from ${id}`, 5000 + id)
      await rig.chatwoot.waitForText('from 20')
      await rig.write('from 500', 500)
      await rig.chatwoot.waitForText('from 500')
      assert.equal(rig.chatwoot.model.contacts.length, 21)
      await forget(rig)
      await rig.write('again', 500)
      await rig.chatwoot.waitForText('again')
      assert.equal(rig.chatwoot.model.contacts.length, 21)
      assert.equal(rig.chatwoot.model.conversations.length, 21)
    })

    it('are there once when Chatwoot took one and the answer was lost, also after a kill', async () => {
      await using rig = await startChatwootRig(store)
      await rig.connect()
      await rig.write('first')
      await rig.chatwoot.waitForText('first')
      rig.chatwoot.lostAnswers = 1
      await rig.write('second')
      await rig.chatwoot.waitForText('second')
      await waitFor(async () => (await statusOf(rig)).lockout, 'a lockout')
      await rig.hub.restart()
      await rig.write('third')
      rig.clock.jump(20_000)
      await rig.chatwoot.waitForText('third')
      assert.deepEqual(rig.chatwoot.texts(), ['first', 'second', 'third'])
      await waitFor(async () => (await statusOf(rig)).queue.depth === 0, 'an empty queue')
    })

    it('go on in a new conversation when the old one was deleted', async () => {
      await using rig = await startChatwootRig(store)
      const { model } = rig.chatwoot
      await rig.connect()
      await rig.write('one')
      await rig.chatwoot.waitForText('one')
      model.conversations = []
      await rig.write('two')
      await rig.chatwoot.waitForText('two')
      assert.deepEqual(rig.chatwoot.texts(rig.conversation().id), ['two'])
      assert.equal(model.contacts.length, 1)
    })

    it('go on in a new inbox when the old one was deleted, and none is given up', async () => {
      await using rig = await startChatwootRig(store)
      const { chatwoot, clock } = rig
      const { model } = chatwoot
      await rig.connect()
      await rig.write('one')
      await chatwoot.waitForText('one')
      model.inboxes.length = 0
      model.conversations = []
      for (const contact of model.contacts) contact.contact_inboxes.length = 0
      await rig.write('two')
      const { lastFailure } = await waitFor(async () => {
        const status = await statusOf(rig)
        return status.lockout && status
      }, 'a failed attempt')
      assert.match(String(lastFailure?.error), /was deleted in Chatwoot/)
      clock.jump(60_000)
      await chatwoot.waitForText('two')
      assert.equal(model.inboxes.length, 1)
      assert.equal(rig.conversation().inbox_id, model.inboxes[0]?.id)
      assert.equal((await statusOf(rig)).deadLetters, 0)
    })

    it('begin a new conversation after a resolved one, or go on in it where the inbox is set so', async () => {
      await using rig = await startChatwootRig(store)
      const { chatwoot } = rig
      await rig.connect()
      await rig.write('one')
      await chatwoot.waitForText('one')
      chatwoot.agentResolves(rig.conversation())
      await chatwoot.settled()
      await rig.write('two')
      await chatwoot.waitForText('two')
      const [first, second, ...others] = chatwoot.model.conversations
      assert.ok(first && second && others.length === 0)
      const [inbox] = chatwoot.model.inboxes
      if (inbox) inbox.isSingle = true
      chatwoot.agentResolves(second)
      await chatwoot.settled()
      await rig.write('three')
      await chatwoot.waitForText('three')
      assert.deepEqual(chatwoot.texts(second.id), ['two', 'three'])
    })

    it('that Chatwoot refuses are dead letters with its words, and what is behind them arrives', async () => {
      await using rig = await startChatwootRig(store)
      await rig.connect()
      rig.chatwoot.script.push({ status: 422, body: { error: 'Content is too strange' } })
      await rig.write('strange')
      await rig.write('plain')
      await rig.chatwoot.waitForText('plain')
      await waitFor(async () => (await statusOf(rig)).deadLetters === 1, 'a dead letter')
      const { services } = rig.hub.app
      const line = await services.lineOperations.find(lineOf(rig))
      const { items } = await services.deadLetterOperations.list(line, { limit: 10 })
      assert.match(JSON.stringify(items), /Content is too strange/)
    })

    it('bring their files along, and where one can not be had its link', async () => {
      await using rig = await startChatwootRig(store)
      const { chatwoot, telegram } = rig
      await rig.connect()
      telegram.addFile(BOT_ID, 'F1', { path: 'photos/1.jpg', bytes: Buffer.from('picture') })
      const photo = (file_id: string) => ({
        photo: [{ file_id, file_unique_id: file_id, width: 9, height: 9 }],
      })
      await rig.write('', 55, { ...photo('F1'), caption: 'with it' })
      const { attachments } = await chatwoot.waitForText('with it')
      assert.deepEqual(
        attachments.map(({ bytes }) => bytes.toString()),
        ['picture'],
      )
      await rig.write('', 55, { ...photo('gone'), caption: 'without it' })
      const linked = await chatwoot.waitForText('without it')
      assert.match(linked.content, /📎 File: .*\/files\//)
      chatwoot.script.push({ status: 422, body: { error: 'File is too large' } })
      await rig.write('', 55, { ...photo('F1'), caption: 'refused' })
      assert.match((await chatwoot.waitForText('refused')).content, /📎 File: .*\/files\//)
    })

    it('are edited, reacted to and deleted where agents see it', async () => {
      await using rig = await startChatwootRig(store)
      const { chatwoot, telegram } = rig
      await rig.connect()
      await rig.write('first words')
      const first = await chatwoot.waitForText('first words')
      const chat = { id: 55, type: 'private', first_name: 'Ann' }
      const from = { id: 55, is_bot: false, first_name: 'Ann' }
      const date = Math.floor(Date.now() / 1000)
      const edited_message = {
        message_id: 1,
        chat,
        from,
        date,
        edit_date: date,
        text: 'other words',
      }
      await telegram.push(BOT_ID, {
        edited_message: { ...edited_message, message_id: Number(first.source_id) },
      })
      const edit = await chatwoot.waitForText('other words')
      assert.match(edit.content, /^✏️ Edited:/)
      assert.equal(edit.content_attributes['in_reply_to_external_id'], first.source_id)
      await telegram.personBlocks({ botId: BOT_ID, chatId: 55 })
      await waitFor(() => chatwoot.notes().some((note) => note.includes('blocked')), 'a note')
    })

    it('change the contact only when the person has changed', async () => {
      await using rig = await startChatwootRig(store)
      const { chatwoot } = rig
      await rig.connect()
      await rig.write('one')
      await rig.write('two')
      await chatwoot.waitForText('two')
      const changes = () => chatwoot.calls.filter(({ method }) => method === 'PUT').length
      assert.equal(changes(), 0)
      await rig.telegram.personWrites({
        botId: BOT_ID,
        chatId: 55,
        text: 'three',
        from: { first_name: 'Anna' },
      })
      await chatwoot.waitForText('three')
      assert.equal(changes(), 1)
      assert.equal(chatwoot.model.contacts[0]?.fields['name'], 'Anna')
    })
  })
}

function lineOf({ portalId }: ChatwootRig) {
  return { portalId, connector: 'telegram', externalId: '12' }
}

function statusOf(rig: ChatwootRig) {
  return rig.hub.app.services.lineOperations.statusOf(lineOf(rig))
}

/** As after a kill before anything was written down. */
async function forget({ hub }: ChatwootRig): Promise<void> {
  const { store } = hub.app.services
  await store.run('DELETE FROM line_memory', [])
  await store.run('DELETE FROM portal_memory', [])
}
