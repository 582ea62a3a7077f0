import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startFakeSlack } from '../fakes/slack.ts'
import { startChannelRig } from '../helpers/channel-rig.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const ADDRESS = { connector: 'slack', line: '12' }
const TOKEN = 'xoxb-2-PLANTED-bot-token'
const SECRET = 'PLANTED8f742231b10e8888abcd99yyyz'
const CHAT = 'D024BE91L'
const ANN = 'U2147483697'

type Fields = Readonly<Record<string, unknown>>

async function open(store: TestStore) {
  const slack = await startFakeSlack()
  const app = slack.addApp({ token: TOKEN, signingSecret: SECRET })
  slack.workspace.addChannel(CHAT)
  slack.workspace.users.set(ANN, { id: ANN, profile: { first_name: 'Ann', last_name: 'Lee' } })
  const settings = { botToken: TOKEN, signingSecret: SECRET, apiRoot: slack.url }
  const rig = await startChannelRig(store, slack, { ...ADDRESS, settings })
  const { webhookUrl } = await rig.portal.hub.getStatus<{ webhookUrl: string }>(ADDRESS)
  /** A person writes, and Slack tells the app. */
  const personWrites = (fields: Fields) => {
    const message = slack.workspace.store(CHAT, { user: ANN, ...fields })
    return slack.pushEvent(app, { type: 'message', channel: CHAT, channel_type: 'im', ...message })
  }
  return { ...rig, slack, app, webhookUrl, personWrites }
}

type Bench = Awaited<ReturnType<typeof open>>

async function connect({ slack, app, webhookUrl, ...bench }: Bench) {
  assert.ok(await slack.enterRequestUrl(app, webhookUrl))
  return await bench.connect()
}

function textOf(event: Fields | undefined): unknown {
  return (event?.['message'] as Fields | undefined)?.['text']
}

for (const store of testStores()) {
  describe(`a line of Slack on ${store.name}`, () => {
    it('answers the challenge before it is connected, and takes events after', async () => {
      await using bench = await open(store)
      const { slack, app, webhookUrl } = bench
      assert.equal(await slack.enterRequestUrl(app, webhookUrl, { secret: 'another' }), false)
      assert.ok(await slack.enterRequestUrl(app, webhookUrl))
      assert.equal((await bench.personWrites({ text: 'early' })).status, 409)
      const result = await bench.connect()
      assert.ok(result.ok && !result.webhookInstalled, JSON.stringify(result))
      assert.equal(result.channel.identity, `T061EG9R6:${app.botUser}`)
      const event = { type: 'message', channel: CHAT, user: ANN, text: 'x', ts: '1.000001' }
      for (const signing of [{ secret: 'another' }, { ageSeconds: 400 }]) {
        assert.equal((await slack.pushEvent(app, event, signing)).status, 401)
      }
      assert.ok(!bench.hub.logText().includes(SECRET))
    })

    it('tells what people do, each thing once, and nothing of its own', async () => {
      await using bench = await open(store)
      await connect(bench)
      const { slack, app, portal } = bench
      const event = { type: 'message', channel: CHAT, user: ANN, text: '*Hi* :smile:' }
      const first = { ...event, channel_type: 'im', ts: '1767225600.000100' }
      assert.equal((await slack.pushEvent(app, first)).status, 200)
      const headers = { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' }
      assert.equal((await slack.pushEvent(app, first, { headers })).status, 200)
      await slack.pushEvent(app, { ...first, ts: '1767225600.000200', app_id: app.appId })
      const pressed = await slack.pushInteraction(app, {
        type: 'block_actions',
        user: { id: ANN, username: 'ann' },
        channel: { id: CHAT },
        container: { channel_id: CHAT, message_ts: '1767225600.000200' },
        actions: [{ type: 'button', value: 'yes', action_ts: '1767225601.000000' }],
      })
      assert.equal(pressed.status, 200)
      const command = new URLSearchParams({ command: '/desk', user_id: ANN, channel_id: CHAT })
      assert.equal((await slack.pushForm(app, command)).status, 200)
      const [message, press, unsupported] = await bench.arrived(3)
      assert.equal(textOf(message), '[b]Hi[/b] :smile:')
      const { name, lastName } = (message?.['user'] ?? {}) as Fields
      assert.deepEqual([name, lastName], ['Ann', 'Lee'])
      assert.deepEqual([press?.['type'], press?.['payload']], ['button', 'yes'])
      assert.equal(unsupported?.['kind'], 'slash_command:/desk')
      assert.equal((await portal.server.waitForEvents(3)).length, 3)
    })

    it('takes what it can not read as unsupported, and goes on', async () => {
      await using bench = await open(store)
      await connect(bench)
      const { slack, app } = bench
      const odd = { type: 'message', channel: null, user: ANN, text: 'x', ts: '1767225600.000100' }
      const missing = { type: 'message', subtype: 'message_changed', channel: CHAT, message: null }
      for (const event of [odd, missing]) {
        assert.equal((await slack.pushEvent(app, event)).status, 200)
      }
      const event = { type: 'message', channel: CHAT, user: ANN, text: 'hi', files: 5, edited: [] }
      await slack.pushEvent(app, { ...event, ts: 1_767_225_600.0002, channel_type: null })
      const events = await bench.arrived(4)
      assert.deepEqual(
        events.map(({ type, kind }) => kind ?? type),
        ['message', 'message.message_changed', 'message.new', 'message.file_share'],
      )
      assert.equal(textOf(events[2]), 'hi')
      assert.match(bench.hub.logText(), /update\.unreadable/)
    })

    it('sends, answers in a thread, edits and deletes', async () => {
      await using bench = await open(store)
      await connect(bench)
      const { slack, portal } = bench
      await bench.personWrites({ text: 'Where is it?' })
      const [question] = await bench.arrived(1)
      const { id } = (question?.['message'] ?? {}) as { id: string }
      await portal.hub.sendMessage({
        ...ADDRESS,
        chat: { id: CHAT },
        message: {
          text: '[b]Which?[/b]',
          replyTo: { id },
          buttons: [[{ text: 'This', payload: 'this' }]],
        },
        key: 'k1',
      })
      const [, status] = await bench.arrived(2)
      const [sent = ''] = (status?.['messageIds'] ?? []) as string[]
      assert.equal(status?.['status'], 'sent')
      const [first, answer] = slack.workspace.messagesOf(CHAT)
      assert.deepEqual([answer?.text, answer?.thread_ts], ['*Which?*', first?.ts])
      const message = { id: sent, text: 'Which one?' }
      await portal.hub.updateMessage({ ...ADDRESS, chat: { id: CHAT }, message })
      await waitFor(() => slack.callsOf('chat.update').length === 1, 'the edit')
      const edited = slack.workspace.messagesOf(CHAT)[1]
      assert.match(JSON.stringify(edited?.['blocks']), /Which one\?.*"value":"this"/)
      await portal.hub.deleteMessage({ ...ADDRESS, chat: { id: CHAT }, message: { id: sent } })
      await waitFor(() => slack.workspace.messagesOf(CHAT).length === 1, 'the deletion')
      assert.ok(!bench.hub.logText().includes(TOKEN))
    })

    it('hands on files by a link that Slack opens with the token', async () => {
      await using bench = await open(store)
      await connect(bench)
      const { slack } = bench
      slack.workspace.bytes.set('act.pdf', '%PDF-the-act')
      const url = `${slack.origin}/files/act.pdf`
      slack.workspace.files.set('F1', { id: 'F1', mode: 'hosted', url_private: url })
      const file = { id: 'F1', name: 'act.pdf', mimetype: 'application/pdf', url_private: url }
      await bench.personWrites({ subtype: 'file_share', text: '', files: [file] })
      const [message] = await bench.arrived(1)
      const files = (message?.['message'] as { files?: { url: string }[] } | undefined)?.files
      const link = files?.[0]?.url ?? ''
      assert.ok(link !== '' && !link.includes('act.pdf'))
      const response = await fetch(link)
      assert.equal(await response.text(), '%PDF-the-act')
    })
  })
}
