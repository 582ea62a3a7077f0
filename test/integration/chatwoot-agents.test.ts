import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Conversation } from '../fakes/chatwoot/model.ts'
import type { FakeChatwootOptions } from '../fakes/chatwoot/server.ts'
import { type ChatwootRig, startChatwootRig } from '../helpers/chatwoot-rig.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { BOT_ID } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

for (const store of testStores()) {
  describe(`agents' messages from Chatwoot on ${store.name}`, () => {
    it('are sent once, though the webhook comes twice and the hub looks for itself at the same time', async () => {
      await using rig = await startTalk(store)
      const { chatwoot } = rig
      chatwoot.isDoubling = true
      const message = chatwoot.agentWrites(rig.conversation(), { content: 'once' })
      await Promise.all([rig.upkeep(), rig.upkeep()])
      await chatwoot.settled()
      await rig.waitForStatus(message, 'sent')
      // That the status has changed is posted to the hub as well.
      await chatwoot.settled()
      await rig.hub.restart()
      await rig.upkeep()
      assert.deepEqual(rig.sent(), ['once'])
      assert.deepEqual(
        chatwoot.hooks.map(({ status }) => status).filter((status) => status !== 200),
        [],
      )
    })

    it('are not those that the hub has put there, nor notes, nor from before the line was connected', async () => {
      await using rig = await startTalk(store)
      const { chatwoot, clock } = rig
      const conversation = rig.conversation()
      chatwoot.agentWrites(conversation, { content: 'a note', private: true })
      chatwoot.agentWrites(conversation, { content: 'an activity', message_type: 'activity' })
      chatwoot.agentWrites(conversation, { content: 'of another program', source_id: 'x-1' })
      const old = chatwoot.agentWrites(conversation, { content: '' })
      Object.assign(old, { content: 'long ago', created_at: old.created_at - 100_000 })
      await chatwoot.settled()
      clock.jump(60_000)
      await rig.upkeep()
      const template = chatwoot.agentWrites(conversation, {
        content: 'greeting',
        message_type: 'template',
      })
      await rig.waitForStatus(template, 'sent')
      assert.deepEqual(rig.sent(), ['greeting'])
    })

    it('are all sent in order after an outage, hundreds in one conversation and dozens of conversations', async () => {
      await using rig = await startTalk(store)
      const { chatwoot } = rig
      for (let id = 1; id <= 30; id++) await rig.write(`from ${id}`, 1000 + id)
      await waitFor(() => chatwoot.texts().includes('from 30'), 'all of them in Chatwoot', 30_000)
      chatwoot.isMute = true
      const [first, ...others] = chatwoot.model.conversations as [Conversation, ...Conversation[]]
      const many = Array.from({ length: 130 }, (_, index) => `answer ${index}`)
      for (const content of many) chatwoot.agentWrites(first, { content })
      for (const one of others) chatwoot.agentWrites(one, { content: `for ${one.id}` })
      chatwoot.isMute = false
      await rig.upkeep()
      await waitFor(() => rig.sent().length >= 20, 'the first of them at Telegram', 20_000)
      const toFirst = rig.sent().filter((text) => text?.startsWith('answer'))
      assert.deepEqual(toFirst, many.slice(0, toFirst.length))
      const before = chatwoot.calls.length
      await rig.upkeep()
      const asked = chatwoot.calls.slice(before).filter(({ path }) => path.endsWith('/messages'))
      assert.deepEqual(
        asked.filter(({ method }) => method === 'GET'),
        [],
      )
    })

    it('whose webhook failed are shown as sent once they were', async () => {
      await using rig = await startTalk(store)
      const { chatwoot } = rig
      const [inbox] = chatwoot.model.inboxes
      if (inbox) inbox.webhook_url = 'http://127.0.0.1:9/nobody'
      const message = chatwoot.agentWrites(rig.conversation(), { content: 'while you were away' })
      await chatwoot.settled()
      assert.equal(message.status, 'failed')
      await rig.upkeep()
      await rig.waitForStatus(message, 'sent')
      assert.equal(message.status, 'sent')
      assert.deepEqual(rig.sent(), ['while you were away'])
    })

    it('that fail at the channel are shown as failed, with its words', async () => {
      await using rig = await startTalk(store)
      const { chatwoot, telegram } = rig
      telegram.bot(BOT_ID).blockedBy.add(55)
      const message = chatwoot.agentWrites(rig.conversation(), { content: 'hello?' })
      await rig.waitForStatus(message, 'failed')
      assert.match(String(message.content_attributes['external_error']), /no account/)
    })

    it('to nobody, or with nothing in them, are shown as failed, and why', async () => {
      await using rig = await startTalk(store)
      const { chatwoot } = rig
      const { model } = chatwoot
      const inbox = model.inboxes[0]?.id ?? 0
      const stranger = model.addContact({
        identifier: 'openlines-hub:telegram:12',
        name: 'Hub',
        inbox_id: inbox,
      })
      const [own] = stranger.contact_inboxes
      const conversation = model.addConversation(inbox, own?.source_id ?? '')
      assert.ok(conversation)
      const message = chatwoot.agentWrites(conversation, { content: 'anybody?' })
      await rig.waitForStatus(message, 'failed')
      assert.match(String(message.content_attributes['external_error']), /whose chat/)
      const empty = chatwoot.agentWrites(rig.conversationOf('Hello'), { content: ' ' })
      await rig.waitForStatus(empty, 'failed')
      assert.deepEqual(rig.sent(), [])
    })

    it('are deleted at the channel when an agent did that while they were on their way', async () => {
      await using rig = await startTalk(store)
      const { chatwoot, telegram } = rig
      telegram.fail('sendMessage', { status: 429, retryAfter: 1 } as never)
      const message = chatwoot.agentWrites(rig.conversation(), { content: 'too early' })
      await waitFor(() => telegram.callsOf('sendMessage').length === 1, 'a first try')
      chatwoot.agentDeletes(message)
      await chatwoot.settled()
      rig.clock.jump(10_000)
      await rig.waitForStatus(message, 'sent')
      await waitFor(() => telegram.callsOf('deleteMessage').length === 1, 'a deletion at Telegram')
    })

    it('are deleted by the look a minute later, too, where no webhook says so', async () => {
      await using rig = await startTalk(store)
      const { chatwoot, telegram } = rig
      telegram.fail('sendMessage', { status: 429, retryAfter: 1 } as never)
      const message = chatwoot.agentWrites(rig.conversation(), { content: 'too early' })
      await waitFor(() => telegram.callsOf('sendMessage').length === 1, 'a first try')
      chatwoot.agentDeletes(message)
      await chatwoot.settled()
      assert.deepEqual(
        chatwoot.hooks.map(({ status }) => status).filter((status) => status !== 200),
        [],
      )
      chatwoot.isMute = true
      await rig.upkeep()
      rig.clock.jump(10_000)
      await rig.waitForStatus(message, 'sent')
      await rig.upkeep()
      await waitFor(() => telegram.callsOf('deleteMessage').length === 1, 'a deletion at Telegram')
    })

    it('with choices become buttons, answer what they answer, and typing is shown', async () => {
      await using rig = await startTalk(store)
      const { chatwoot, telegram } = rig
      const [asked] = chatwoot.model.messages
      const message = chatwoot.agentWrites(rig.conversation(), {
        content: 'Which?',
        content_type: 'input_select',
        content_attributes: {
          items: [{ title: 'Tea', value: 'tea' }],
          in_reply_to_external_id: asked?.source_id,
        },
      })
      await rig.waitForStatus(message, 'sent')
      const [sent] = telegram.callsOf('sendMessage')
      assert.match(JSON.stringify(sent?.params), /"text":"Tea","callback_data":"tea"/)
      assert.match(JSON.stringify(sent?.params), /"reply_parameters":\{"message_id":\d+/)
      chatwoot.agentTypes(rig.conversation())
      await waitFor(() => telegram.callsOf('sendChatAction').length === 1, 'typing at Telegram')
    })

    it('are taken from a Chatwoot that signs nothing, by the address alone', async () => {
      await using rig = await startTalk(store, { isNew: false })
      const message = rig.chatwoot.agentWrites(rig.conversation(), { content: 'unsigned' })
      await rig.waitForStatus(message, 'sent')
      const { status } = await rig.post({ url: (url) => url.replace(/token=./, 'token=!') })
      assert.equal(status, 401)
    })
  })
}

type Talk = ChatwootRig & { conversationOf(text: string): Conversation }

/** A person has written. */
async function startTalk(store: TestStore, options: FakeChatwootOptions = {}): Promise<Talk> {
  const rig = await startChatwootRig(store, options)
  await rig.connect()
  await rig.write('Hello')
  await rig.chatwoot.waitForText('Hello')
  const conversationOf = (text: string): Conversation => {
    const message = rig.chatwoot.model.messages.find(({ content }) => content === text)
    const found = rig.chatwoot.model.conversations.find(({ id }) => id === message?.conversation_id)
    if (!found) throw new Error(`no conversation with ${text}`)
    return found
  }
  return { ...rig, conversationOf, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}
