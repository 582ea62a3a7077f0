import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import type { TelegramSettings } from '../../../connectors/telegram/settings.ts'
import type { Line } from '../../../src/core/line.ts'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText, type RichText } from '../../../src/core/rich-text.ts'
import { type FakeTelegram, type Fault, startFakeTelegram } from '../../fakes/telegram.ts'
import { faultOf, sendContext } from '../../helpers/sending.ts'
import { BOT_ID, createConnector, createLine, files, http, TOKEN } from './helpers.ts'

const connector = createConnector()
let fake: FakeTelegram
let line: Line<TelegramSettings>
const text = plainText('hello')
const deal = 'http://crm/deal/5'

beforeEach(async () => {
  fake = await startFakeTelegram()
  fake.addBot({ token: TOKEN, id: BOT_ID, username: 'desk_bot' })
  line = createLine({ apiRoot: fake.url })
})
afterEach(() => fake[Symbol.asyncDispose]())
after(async () => {
  http.close()
  await files.close()
})

function linkTo(href: string): RichText {
  return [...plainText('See '), { type: 'link', href, children: plainText('the deal') }]
}

function refusal(description: string, code = 400, parameters?: object): Fault {
  const body = { ok: false, error_code: code, description, parameters }
  return { status: 400, body }
}

async function send(message: OutboundMessage, chat = '55', conversation = {}): Promise<unknown[]> {
  await connector.send(chat, message, line, sendContext({ conversation }))
  return fake.calls.map(({ params }) => params)
}

describe('what Telegram will not show is said', () => {
  it('an address of an intranet stands in the text, as a link and as a button', async () => {
    assert.deepEqual(await send({ text: linkTo(deal) }), [
      { chat_id: 55, text: `See the deal (${deal})` },
    ])
    await send({ text, buttons: [[{ text: 'Open', url: deal }]] })
    assert.deepEqual(fake.calls.at(-1)?.params, { chat_id: 55, text: `hello\n1. Open – ${deal}` })
  })

  it('an address of any kind that Telegram takes stays a link', async () => {
    for (const href of ['http://[::1]/a', 'https://10.0.0.1/a', 'https://a.example', 'tg://user']) {
      await send({ text: linkTo(href), buttons: [[{ text: 'Open', url: href }]] })
      const { entities, reply_markup: markup } = fake.calls.at(-1)?.params ?? {}
      assert.equal((entities as { url: string }[])[0]?.url, href)
      assert.ok(markup, href)
    }
  })

  it('an address that Telegram finds fault with all the same is said the second time', async () => {
    const href = 'https://odd.example/x'
    fake.fail(
      'sendMessage',
      refusal(`Bad Request: entity URL '${href}' is invalid: Wrong HTTP URL`),
    )
    const bold = { type: 'bold' as const, children: plainText('!') }
    await send({ text: [...linkTo(href), bold] })
    assert.deepEqual(fake.calls.at(-1)?.params, { chat_id: 55, text: `See the deal (${href})!` })
    fake.fail('sendMessage', refusal("Bad Request: can't parse entities: x"))
    await send({ text: linkTo(href) })
    assert.deepEqual(fake.calls.at(-1)?.params, { chat_id: 55, text: `See the deal (${href})` })
  })

  it('a refused button becomes a line of the text; the others stay', async () => {
    const url = 'https://odd.example/x'
    const buttons = [
      [
        { text: 'Open', url },
        { text: 'Yes', payload: 'y' },
      ],
    ]
    for (const words of ['inline keyboard button URL', 'BUTTON_URL_INVALID']) {
      fake.fail('sendMessage', refusal(`Bad Request: ${words}`))
      await send({ text, buttons })
      assert.deepEqual(fake.calls.at(-1)?.params, {
        chat_id: 55,
        text: `hello\n1. Open – ${url}`,
        reply_markup: { inline_keyboard: [[{ text: 'Yes', callback_data: 'y' }]] },
      })
    }
  })
})

describe('where a message goes', () => {
  it('a thread is kept by everything that is sent', async () => {
    const message = {
      text,
      files: [{ url: 'https://f.example/a.jpg' }, { url: 'https://f.example/b.jpg' }],
      location: { latitude: 1, longitude: 2 },
      contact: { phone: '+49' },
    }
    const all = [
      { ...message },
      { contact: { name: 'Ann' } },
      { files: [{ url: 'https://f.example/c.pdf' }] },
    ]
    for (const one of all) await send(one, '-1001234/77')
    for (const one of all) await send(one, '-1009999/dm55')
    await connector.typing?.('-1001234/77', line, sendContext())
    const threads = fake.calls.map(({ params }) => [
      params['chat_id'],
      params['message_thread_id'] ?? params['direct_messages_topic_id'],
    ])
    const count = (threads.length - 1) / 2
    const forum = Array(count).fill([-1001234, 77])
    assert.deepEqual(threads, [...forum, ...Array(count).fill([-1009999, 55]), [-1001234, 77]])
    const direct = fake.calls.filter(({ params }) => 'direct_messages_topic_id' in params)
    assert.ok(direct.every(({ params }) => params['chat_id'] === -1009999))
  })

  it('what follows an edit stays in its thread, and the edit itself names none', async () => {
    await send({ text }, '-1001234/77')
    const long = { text: plainText(`${'x'.repeat(4000)}\n${'y'.repeat(4000)}`) }
    await connector.update?.('-1001234/77', '1', long, line, sendContext())
    assert.deepEqual(
      fake.calls.slice(1).map(({ method, params }) => [method, params['message_thread_id']]),
      [
        ['editMessageText', undefined],
        ['sendMessage', 77],
      ],
    )
  })

  it("an answer to a person's chat goes into the topic that was last written in", async () => {
    const [params] = await send({ text }, '57', { topicId: 9 })
    assert.deepEqual(params, { chat_id: 57, message_thread_id: 9, text: 'hello' })
    await send({ text }, '57/10', { topicId: 9 })
    assert.equal(fake.calls.at(-1)?.params['message_thread_id'], 10)
  })

  it('a topic that a person has deleted holds no answer up; one of a group does', async () => {
    fake.bot(BOT_ID).deletedTopics.add('57:9').add('-1001234:77')
    await send({ text }, '57/9')
    assert.deepEqual(fake.calls.at(-1)?.params, { chat_id: 57, text: 'hello' })
    const gone = await faultOf(connector.send('-1001234/77', { text }, line, sendContext()), TOKEN)
    assert.equal(gone.disposition, 'reject')
  })

  it('typing in direct messages is refused by the hub: Telegram has none there', async () => {
    const typing = connector.typing?.('-1009999/dm55', line, sendContext())
    assert.equal((await faultOf(typing, TOKEN)).channelCode, 'HUB_UNSUPPORTED')
    assert.equal(fake.calls.length, 0)
  })

  it('goes from the bot itself once the business connection has ended', async () => {
    fake.bot(BOT_ID).endedConnections.add('bc1')
    await send({ text }, '58', { businessConnectionId: 'bc1' })
    assert.deepEqual(fake.calls.at(-1)?.params, { chat_id: 58, text: 'hello' })
  })

  it('getChat asks for the chat that the thread is of', async () => {
    const call = {
      signal: new AbortController().signal,
      conversation: async () => undefined,
      latestConversation: async () => undefined,
      remember: async () => undefined,
    }
    const getChat = connector.methods.find(({ name }) => name === 'getChat')
    await getChat?.run({ chat: { id: '-1001234/77' } }, line, call)
    assert.equal(fake.callsOf('getChat')[0]?.params['chat_id'], -1001234)
  })

  it('threads of one chat share its rates', () => {
    const { rates } = connector
    assert.equal(rates?.sharedBy?.('-1001234/77'), rates?.sharedBy?.('-1001234/dm8'))
    assert.deepEqual(rates?.chat('-1001234'), [{ count: 20, perMs: 60_000 }])
  })
})

describe('answers of Telegram', () => {
  const nobody = [
    refusal('Forbidden: bot was blocked by the user', 403),
    refusal('Forbidden: user is deactivated', 403),
    refusal("Forbidden: bot can't initiate conversation with a user", 403),
    refusal('Forbidden: bot was kicked from the supergroup chat', 403),
    refusal('Bad Request: CHANNEL_PRIVATE'),
    refusal('Bad Request: USER_DEACTIVATED'),
    refusal('Bad Request: chat not found'),
    refusal('Bad Request: PEER_ID_INVALID'),
  ]
  it('nobody there, or nobody who wants to read, is noAccount', async () => {
    for (const scripted of nobody) {
      fake.fail('sendMessage', scripted)
      const fault = await faultOf(connector.send('55', { text }, line, sendContext()), TOKEN)
      assert.deepEqual([fault.disposition, fault.isNoAccount], ['reject', true])
    }
    fake.fail('sendMessage', refusal('Bad Request: not enough rights to send text messages'))
    const fault = await faultOf(connector.send('55', { text }, line, sendContext()), TOKEN)
    assert.equal(fault.isNoAccount, undefined)
  })

  it('a rate under another code is waited for all the same', async () => {
    const limits = [
      refusal('Bad Request: x', 400, { retry_after: 7 }),
      refusal('Too Many Requests: y'),
    ]
    for (const scripted of limits) {
      fake.fail('sendMessage', scripted)
      const fault = await faultOf(connector.send('55', { text }, line, sendContext()), TOKEN)
      assert.deepEqual([fault.disposition, fault.isRateLimit], ['retry', true])
    }
  })

  it('a message that is yet to come has no id for the portal', async () => {
    const result = { message_id: 0, date: 1, chat: { id: 55 } }
    fake.fail('sendMessage', { status: 200, body: { ok: true, result } })
    const receipt = await connector.send('55', { text }, line, sendContext())
    assert.deepEqual(receipt.messageIds, [])
  })
})

describe('an edit of the text', () => {
  const buttons = [[{ text: 'Yes', payload: 'y' }]]
  const keyboard = { inline_keyboard: [[{ text: 'Yes', callback_data: 'y' }]] }

  async function edit(original: object, changed: OutboundMessage = { text }): Promise<unknown> {
    const call = sendContext(original)
    await connector.update?.('55', '1', changed, line, call)
    return fake.bot(BOT_ID).messages.get('55:1')?.['reply_markup']
  }

  it('keeps the buttons that the message had, also those of an edit', async () => {
    const message = { text: plainText('choose'), buttons }
    await send(message)
    assert.deepEqual(await edit({ original: { message, parts: [['1']] } }), keyboard)
    const other = [[{ text: 'No', payload: 'n' }]]
    const changed = { text: plainText('again') }
    const shown = await edit(
      { original: { message, parts: [['1']], editedButtons: other } },
      changed,
    )
    assert.deepEqual(shown, { inline_keyboard: [[{ text: 'No', callback_data: 'n' }]] })
  })

  it('gives it new ones, and none to a part that had none', async () => {
    const message = { text: plainText('choose'), buttons }
    await send({ text: plainText('choose') })
    assert.equal(await edit({ original: { message, parts: [['7'], ['1']] } }), undefined)
    const changed = { text: plainText('again'), buttons }
    assert.deepEqual(await edit({}, changed), keyboard)
  })
})
