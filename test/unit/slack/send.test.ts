import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { faultOf, sendContext } from '../../helpers/sending.ts'
import { CHAT, http, openSlack, TOKEN } from './helpers.ts'

after(() => http.close())

type Opened = Awaited<ReturnType<typeof openSlack>>
type Fields = Readonly<Record<string, unknown>>

const HELLO: OutboundMessage = { text: plainText('hello') }

function send({ connector, line }: Opened, message: OutboundMessage, chat = CHAT) {
  return connector.send(chat, message, line, sendContext())
}

function postsOf({ fake }: Opened): Fields[] {
  return fake.callsOf('chat.postMessage').map(({ body }) => body)
}

describe('a message to Slack', () => {
  it('is mrkdwn, and its id holds the conversation', async () => {
    await using slack = await openSlack()
    const text = [{ type: 'bold', children: plainText('a<b') }] as const
    const receipt = await send(slack, { text })
    assert.deepEqual(receipt, { messageIds: [`${CHAT}_1767225600.000001`] })
    assert.deepEqual(postsOf(slack), [{ channel: CHAT, text: '*a&lt;b*' }])
  })

  it('is split at 4000 characters as they are written', async () => {
    await using slack = await openSlack()
    for (const [text, count] of [
      ['x'.repeat(4000), 1],
      ['x'.repeat(4001), 2],
      ['<'.repeat(1001), 2],
    ] as const) {
      const { messageIds } = await send(slack, { text: plainText(text) })
      assert.equal(messageIds.length, count)
    }
    for (const { text } of postsOf(slack)) assert.ok(String(text).length <= 4000)
  })

  it('has files, place and contact as text', async () => {
    await using slack = await openSlack()
    await send(slack, {
      ...HELLO,
      files: [{ url: 'https://a.b/1.pdf', name: 'Act' }],
      location: { latitude: 1.5, longitude: 2, title: 'Shop' },
      contact: { name: 'Ann', phone: '+49' },
    })
    assert.deepEqual(String(postsOf(slack)[0]?.['text']).split('\n'), [
      'hello',
      'Act: https://a.b/1.pdf',
      'Shop',
      '1.5, 2',
      'https://www.openstreetmap.org/?mlat=1.5&amp;mlon=2',
      'Ann, +49',
    ])
  })

  it('without content is refused before Slack is asked', async () => {
    await using slack = await openSlack()
    const { channelCode } = await faultOf(send(slack, { text: plainText(' \n') }), TOKEN)
    assert.equal(channelCode, 'HUB_EMPTY_MESSAGE')
    assert.equal(slack.fake.calls.length, 0)
  })

  it('to a person goes into their direct messages', async () => {
    await using slack = await openSlack()
    slack.fake.workspace.users.set('U7', { id: 'U7' })
    const { messageIds } = await send(slack, HELLO, 'U7')
    assert.deepEqual(messageIds, ['D7_1767225600.000001'])
    const fault = await faultOf(send(slack, HELLO, 'U8'), TOKEN)
    assert.deepEqual([fault.disposition, fault.isNoAccount], ['reject', true])
  })
})

describe('buttons', () => {
  const actionsOf = (body: Fields | undefined): Fields[] =>
    ((body?.['blocks'] ?? []) as Fields[]).filter(({ type }) => type === 'actions')

  it('stand below the last part, a row in a block, with the text in sections', async () => {
    await using slack = await openSlack()
    const text = plainText(`${'x'.repeat(3900)} ${'y'.repeat(3900)}`)
    const yes = { text: 'Yes', payload: 'yes' }
    await send(slack, { text, buttons: [[yes, { text: 'Shop', url: 'https://a.b/' }], [yes]] })
    const [first, last] = postsOf(slack)
    assert.equal(first?.['blocks'], undefined)
    const blocks = last?.['blocks'] as Fields[]
    assert.deepEqual(
      blocks.map(({ type }) => type),
      ['section', 'section', 'actions', 'actions'],
    )
    assert.equal(last?.['text'], 'y'.repeat(3900))
    const label = (words: string) => ({ type: 'plain_text', text: words, emoji: false })
    assert.deepEqual(blocks[2]?.['elements'], [
      { type: 'button', action_id: 'press_0_0', text: label('Yes'), value: 'yes' },
      { type: 'button', action_id: 'link_0_1', text: label('Shop'), url: 'https://a.b/' },
    ])
  })

  it('without any text have their labels for one', async () => {
    await using slack = await openSlack()
    await send(slack, { buttons: [[{ text: 'Yes' }, { text: 'No' }]] })
    assert.equal(postsOf(slack)[0]?.['text'], 'Yes, No')
    assert.equal(actionsOf(postsOf(slack)[0]).length, 1)
  })

  it('in rows of more than 25 go on in another block; cut labels stand in the text', async () => {
    await using slack = await openSlack()
    const row = Array.from({ length: 26 }, (_, index) => ({ text: `${index}`.padEnd(80, 'x') }))
    await send(slack, { ...HELLO, buttons: [row] })
    const blocks = actionsOf(postsOf(slack)[0])
    assert.deepEqual(
      blocks.map(({ elements }) => (elements as unknown[]).length),
      [25, 1],
    )
    const [button] = (blocks[0]?.['elements'] ?? []) as Fields[]
    const label = { type: 'plain_text', text: `${'0'.padEnd(74, 'x')}…`, emoji: false }
    assert.deepEqual([button?.['text'], button?.['value']], [label, '0'.padEnd(80, 'x')])
    assert.match(String(postsOf(slack)[0]?.['text']), /^hello\n1\. 0x{79}\n[\s\S]*26\. 25x{78}$/)
  })

  it('that Slack has no form for become a list', async () => {
    await using slack = await openSlack()
    const odd = { text: 'Call', url: 'tel:+49' }
    const long = { text: 'Long', payload: 'x'.repeat(2001) }
    await send(slack, { ...HELLO, buttons: [[odd, long, { text: 'Yes' }]] })
    await send(slack, { ...HELLO, buttons: Array.from({ length: 41 }, () => [{ text: 'Row' }]) })
    const [some, all] = postsOf(slack)
    assert.equal(some?.['text'], 'hello\n1. Call – tel:+49\n2. Long')
    assert.equal(actionsOf(some).length, 1)
    assert.match(String(all?.['text']), /^hello\n1\. Row\n[\s\S]*41\. Row$/)
    assert.equal(all?.['blocks'], undefined)
  })

  it('that Slack refuses become a list, in an edit too', async () => {
    await using slack = await openSlack()
    const buttons = [[{ text: 'Open', url: 'http://crm/deal/5' }]]
    slack.fake.fail('chat.postMessage', { error: 'invalid_blocks' })
    const { messageIds } = await send(slack, { ...HELLO, buttons })
    const listed = { text: 'hello\n1. Open – http://crm/deal/5', blocks: undefined }
    const [, body] = postsOf(slack)
    assert.deepEqual({ text: body?.['text'], blocks: body?.['blocks'] }, listed)
    slack.fake.fail('chat.update', { error: 'invalid_blocks' })
    const { connector, line } = slack
    const edited = { ...HELLO, buttons }
    await connector.update?.(CHAT, messageIds[0] ?? '', edited, line, sendContext())
    const update = slack.fake.callsOf('chat.update').at(-1)?.body
    assert.deepEqual([update?.['text'], update?.['blocks']], [listed.text, []])
  })
})

describe('an answer', () => {
  it('to a message goes into its thread, to an answer into the thread of that', async () => {
    await using slack = await openSlack()
    const { workspace } = slack.fake
    const first = workspace.store(CHAT, { user: 'U1', text: 'hi' })
    const second = workspace.store(CHAT, { user: 'U1', text: 'so?', thread_ts: first.ts })
    for (const { ts } of [first, second]) {
      await send(slack, { ...HELLO, replyTo: { id: `${CHAT}_${ts}` } })
    }
    assert.deepEqual(
      postsOf(slack).map((post) => post['thread_ts']),
      [first.ts, first.ts],
    )
  })

  it('goes there all the same when the token may not read', async () => {
    await using slack = await openSlack()
    const { ts } = slack.fake.workspace.store(CHAT, { user: 'U1', text: 'hi' })
    slack.app.scopes.delete('channels:history')
    await send(slack, { ...HELLO, replyTo: { id: `${CHAT}_${ts}` } })
    assert.equal(postsOf(slack)[0]?.['thread_ts'], ts)
  })

  it('to what is gone, elsewhere or no message of Slack is sent without a thread', async () => {
    await using slack = await openSlack()
    for (const id of [`${CHAT}_1700000000.000001`, 'C9_1700000000.000001', 'x']) {
      await send(slack, { ...HELLO, replyTo: { id } })
      assert.equal(postsOf(slack).at(-1)?.['thread_ts'], undefined)
    }
  })

  it('waits when Slack is too busy to tell the thread', async () => {
    await using slack = await openSlack()
    const { ts } = slack.fake.workspace.store(CHAT, { user: 'U1', text: 'hi' })
    const headers = { 'retry-after': '7' }
    slack.fake.fail('conversations.replies', { error: 'ratelimited', status: 429, headers })
    const fault = await faultOf(send(slack, { ...HELLO, replyTo: { id: `${CHAT}_${ts}` } }), TOKEN)
    assert.deepEqual([fault.disposition, fault.retryAfterMs], ['retry', 7000])
    assert.equal(postsOf(slack).length, 0)
  })
})

describe('what Slack says no with', () => {
  const rows: [error: string, disposition: string, outcome: string, more?: Fields][] = [
    ...['invalid_auth', 'token_revoked', 'account_inactive', 'not_authed', 'missing_scope'].map(
      (error): [string, string, string, Fields] => [
        error,
        'pause',
        'not-sent',
        { field: 'botToken' },
      ],
    ),
    ['org_login_required', 'pause', 'not-sent'],
    ['channel_not_found', 'reject', 'not-sent', { isNoAccount: true }],
    ['is_archived', 'reject', 'not-sent', { isNoAccount: true }],
    ['not_in_channel', 'reject', 'not-sent', { isNoAccount: true }],
    ['msg_too_long', 'reject', 'not-sent'],
    ['invalid_blocks', 'reject', 'not-sent'],
    ['restricted_action_read_only_channel', 'reject', 'not-sent'],
    ['user_disabled', 'reject', 'not-sent', { isNoAccount: true }],
    ['ratelimited', 'retry', 'not-sent', { isRateLimit: true, retryAfterMs: 5000 }],
    ['internal_error', 'retry', 'unknown', { scope: 'line' }],
    ['fatal_error', 'retry', 'unknown'],
    ['brand_new_error', 'retry', 'not-sent', { maxAttempts: 4 }],
    ['constructor', 'retry', 'not-sent', { maxAttempts: 4 }],
  ]
  for (const [error, disposition, outcome, more] of rows) {
    it(`${error} is ${disposition}, ${outcome}`, async () => {
      await using slack = await openSlack()
      slack.fake.fail('chat.postMessage', { error, headers: { 'retry-after': '5' } })
      const fault = await faultOf(send(slack, HELLO), TOKEN)
      assert.deepEqual({ ...fault, ...more }, fault)
      assert.deepEqual(
        [fault.channelCode, fault.disposition, fault.outcome],
        [error, disposition, outcome],
      )
    })
  }

  it('a 5xx leaves the outcome unknown, whatever error stands in it', async () => {
    await using slack = await openSlack()
    slack.fake.fail('chat.postMessage', { error: 'brand_new_error', status: 503 })
    const fault = await faultOf(send(slack, HELLO), TOKEN)
    assert.deepEqual([fault.disposition, fault.outcome], ['retry', 'unknown'])
  })

  it('a success without an id is no receipt, and is not repeated', async () => {
    await using slack = await openSlack()
    for (const words of ['{"ok":true}', '{"ok":true,"ts":""}', '{"ok":true,"ts":"0"}']) {
      slack.fake.fail('chat.postMessage', { status: 200, words })
      const { disposition, outcome, channelCode } = await faultOf(send(slack, HELLO), TOKEN)
      assert.deepEqual([disposition, outcome, channelCode], ['reject', 'unknown', 'HUB_NO_RECEIPT'])
    }
  })

  it('a refusal without a code was certainly not carried out', async () => {
    await using slack = await openSlack()
    for (const words of ['{"ok":false}', '{"ok":false,"error":null}', '{"ok":false,"error":5}']) {
      slack.fake.fail('chat.postMessage', { status: 200, words })
      const { disposition, outcome } = await faultOf(send(slack, HELLO), TOKEN)
      assert.deepEqual([disposition, outcome], ['retry', 'not-sent'])
    }
  })

  it('an archived conversation and one without the bot are told apart by the fake', async () => {
    await using slack = await openSlack()
    slack.channel.hasBot = false
    assert.equal((await faultOf(send(slack, HELLO), TOKEN)).channelCode, 'not_in_channel')
    slack.channel.isArchived = true
    assert.equal((await faultOf(send(slack, HELLO), TOKEN)).channelCode, 'is_archived')
  })
})

describe('an edit', () => {
  const buttons = [[{ text: 'Yes', payload: 'yes' }]]
  const typesOf = (slack: Opened): unknown[] => {
    const [message] = slack.fake.workspace.messagesOf(CHAT)
    return ((message?.['blocks'] ?? []) as Fields[]).map(({ type }) => type)
  }

  async function edit(slack: Opened, id: string, message: OutboundMessage) {
    return await slack.connector.update?.(CHAT, id, message, slack.line, sendContext())
  }

  it('replaces the text and keeps the buttons, unless others or none are given', async () => {
    await using slack = await openSlack()
    const { messageIds } = await send(slack, { ...HELLO, buttons })
    const [id = ''] = messageIds
    const receipt = await edit(slack, id, { text: plainText('bye') })
    assert.deepEqual(receipt, { messageIds })
    const [message] = slack.fake.workspace.messagesOf(CHAT)
    assert.equal(message?.text, 'bye')
    assert.match(JSON.stringify(message?.['blocks']), /"bye".*"Yes"/)
    await edit(slack, id, { text: plainText('bye'), buttons: [[{ text: 'No' }]] })
    assert.deepEqual(typesOf(slack), ['section', 'actions'])
    await edit(slack, id, { text: plainText('bye'), buttons: [] })
    assert.deepEqual(typesOf(slack), [])
  })

  it('sends on what does not fit', async () => {
    await using slack = await openSlack()
    const { messageIds } = await send(slack, HELLO)
    const receipt = await edit(slack, messageIds[0] ?? '', { text: plainText('x'.repeat(4001)) })
    assert.equal(receipt?.messageIds.length, 2)
    assert.equal(slack.fake.workspace.messagesOf(CHAT).length, 2)
  })

  it('of an answer goes on in its thread', async () => {
    await using slack = await openSlack()
    const { ts } = slack.fake.workspace.store(CHAT, { user: 'U1', text: 'hi' })
    const { messageIds } = await send(slack, { ...HELLO, replyTo: { id: `${CHAT}_${ts}` } })
    for (const more of [{}, { buttons }]) {
      await edit(slack, messageIds[0] ?? '', { text: plainText('x'.repeat(4001)), ...more })
      assert.equal(postsOf(slack).at(-1)?.['thread_ts'], ts)
    }
  })

  it('of what is no message of ours is rejected', async () => {
    await using slack = await openSlack()
    const { ts } = slack.fake.workspace.store(CHAT, { user: 'U1', text: 'hi' })
    for (const [id, code] of [
      ['x', 'message_not_found'],
      [`${CHAT}_1700000000.000001`, 'message_not_found'],
      [`${CHAT}_${ts}`, 'cant_update_message'],
    ] as const) {
      const fault = await faultOf(edit(slack, id, HELLO), TOKEN)
      assert.deepEqual([fault.disposition, fault.channelCode], ['reject', code])
    }
  })
})

describe('a removal', () => {
  it('deletes; what is gone already is a success', async () => {
    await using slack = await openSlack()
    const { messageIds } = await send(slack, HELLO)
    for (const _ of [1, 2]) {
      await slack.connector.remove?.(CHAT, messageIds[0] ?? '', slack.line, sendContext())
    }
    assert.deepEqual(slack.fake.workspace.messagesOf(CHAT), [])
    assert.equal(slack.fake.callsOf('chat.delete').length, 2)
  })
})
