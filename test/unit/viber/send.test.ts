import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import type { ViberSettings } from '../../../connectors/viber/settings.ts'
import { ParamsError, TransportError } from '../../../src/core/errors.ts'
import type { Line } from '../../../src/core/line.ts'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { FakeViber, type ViberAccount } from '../../fakes/viber.ts'
import { faultOf, sendContext } from '../../helpers/sending.ts'
import { ANN, createConnector, createLine, http, logged, TOKEN } from './helpers.ts'

const connector = createConnector()
let fake: FakeViber
let account: ViberAccount
let line: Line<ViberSettings>
const text = plainText('hello')

beforeEach(async () => {
  fake = new FakeViber()
  await fake.listen()
  account = fake.addAccount({ token: TOKEN, id: 'pa:753465942754', name: 'Desk' })
  line = createLine({ apiRoot: `${fake.url}/` })
  account.webhook = line.webhookUrl
})
afterEach(() => fake[Symbol.asyncDispose]())
after(() => http.close())

/** What was sent, without what every message has. */
async function bodiesOf(message: OutboundMessage): Promise<Record<string, unknown>[]> {
  await connector.send(ANN, message, line, sendContext())
  return sentBodies()
}

function sentBodies(): Record<string, unknown>[] {
  return fake.callsOf('send_message').map(({ body }) => {
    const { receiver, min_api_version: version, sender, ...rest } = body
    assert.deepEqual([receiver, version, sender], [ANN, 1, { name: 'Desk' }])
    return rest
  })
}

const fault = (work: Promise<unknown> | undefined) => faultOf(work, TOKEN)

describe('send', () => {
  it('gives the tokens of all parts, digit by digit, and goes on behind those that are out', async () => {
    const long = plainText(`${'x'.repeat(6000)}\n${'y'.repeat(6000)}`)
    const receipt = await connector.send(ANN, { text: long }, line, sendContext())
    assert.deepEqual(receipt.messageIds, ['5741311803571721088', '5741311803571721089'])
    const told: (readonly string[])[] = []
    const partSent = async (ids: readonly string[]): Promise<void> => void told.push(ids)
    const call = sendContext({ done: [['7']], partSent })
    const again = await connector.send(ANN, { text: long }, line, call)
    assert.deepEqual(again.messageIds, ['7', '5741311803571721090'])
    assert.deepEqual(told, [])
  })

  it('splits text by characters, and by bytes where those are scarcer', async () => {
    const signs = '漢字。'.repeat(4000)
    const bodies = await bodiesOf({ text: plainText(signs) })
    assert.equal(bodies.length, 2)
    for (const { text: part } of bodies) assert.ok(Buffer.byteLength(String(part)) <= 21_000)
    assert.equal(bodies.map((body) => body['text']).join(''), signs)
    fake.calls.length = 0
    // Each of these is written as two characters.
    const quotes = await bodiesOf({ text: plainText('\u2028"漢'.repeat(2333)) })
    assert.equal(quotes.map((body) => body['text']).join(''), '\u2028"漢'.repeat(2333))
  })

  it('has room for the longest text, the largest keyboard and what tells its presses', async () => {
    const payload = '漢'.repeat(45)
    const all = Array.from({ length: 24 }, (_, index) => [
      { text: `漢字${index}`, payload: payload + index },
    ])
    for (const [dropped] of all.entries()) {
      fake.calls.length = 0
      const buttons = all.slice(dropped)
      const bodies = await bodiesOf({ text: plainText('漢'.repeat(7000)), buttons })
      if (!bodies.at(-1)?.['keyboard']) continue
      assert.ok(dropped > 0, 'a larger keyboard would have room')
      assert.equal(bodies.length, 1)
      return
    }
    assert.fail('no keyboard was shown')
  })

  it('shows a picture with its words, and others as what Viber has for them', async () => {
    fake.files.set('a.jpg', { size: 150_000, hasRanges: true })
    fake.files.set('big.jpg', { size: 3_000_000, hasRanges: true })
    fake.files.set('v.mp4', { size: 2_500_000, hasRanges: true })
    fake.files.set('act.pdf', { size: 52_000, hasRanges: true })
    const url = (name: string): string => `${fake.origin}/media/${name}`
    assert.deepEqual(await bodiesOf({ text, files: [{ url: url('a.jpg') }] }), [
      { type: 'picture', text: 'hello', media: url('a.jpg') },
    ])
    fake.calls.length = 0
    const names = ['a.jpg', 'big.jpg', 'v.mp4', 'act.pdf']
    const files = names.map((name) => ({ url: url(name) }))
    assert.deepEqual(await bodiesOf({ text, files }), [
      { type: 'text', text: 'hello' },
      { type: 'picture', text: '', media: url('a.jpg') },
      { type: 'file', media: url('big.jpg'), size: 3_000_000, file_name: 'big.jpg' },
      { type: 'video', media: url('v.mp4'), size: 2_500_000 },
      { type: 'file', media: url('act.pdf'), size: 52_000, file_name: 'act.pdf' },
    ])
  })

  it('asks a server without ranges too, and sends the address when nobody tells the size', async () => {
    fake.files.set('small.pdf', { size: 900, hasRanges: false })
    fake.files.set('large.pdf', { size: 2_000_000, hasRanges: false })
    const url = (name: string): string => `${fake.origin}/media/${name}`
    const files = [
      { url: url('small.pdf'), name: 'act.pdf' },
      { url: url('large.pdf'), name: 'book.pdf' },
      { url: url('gone.mp4') },
      { url: 'http://10.0.0.1/private.zip' },
    ]
    assert.deepEqual(await bodiesOf({ files }), [
      { type: 'file', media: url('small.pdf'), size: 900, file_name: 'act.pdf' },
      { type: 'text', text: `book.pdf: ${url('large.pdf')}` },
      { type: 'text', text: url('gone.mp4') },
      { type: 'text', text: 'http://10.0.0.1/private.zip' },
    ])
  })

  it('sends the address of a file that Viber does not take', async () => {
    fake.files.set('setup.exe', { size: 900, hasRanges: true })
    const files = [{ url: `${fake.origin}/media/setup.exe` }]
    const bodies = await bodiesOf({ files })
    assert.deepEqual(bodies.at(-1), { type: 'text', text: files[0]?.url })
  })

  it('shows places and contacts, with their words as text where Viber has no room for them', async () => {
    const location = { latitude: 55.7, longitude: 37.6, title: 'Shop', address: 'Main St 1' }
    const contact = { name: 'A name of more than twenty-eight signs', phone: '+4930123456' }
    assert.deepEqual(await bodiesOf({ location, contact }), [
      { type: 'text', text: 'Shop\nMain St 1' },
      { type: 'location', location: { lat: 55.7, lon: 37.6 } },
      { type: 'text', text: contact.name },
      {
        type: 'contact',
        contact: { name: 'A name of more than twenty-e', phone_number: '+4930123456' },
      },
    ])
    fake.calls.length = 0
    assert.deepEqual(await bodiesOf({ contact: { name: 'Bob' } }), [{ type: 'text', text: 'Bob' }])
  })

  it('puts the webhook back once when Viber says that there is none', async () => {
    account.webhook = ''
    const error = await fault(connector.send(ANN, { text }, line, sendContext()))
    // Nobody listens at the address of this line, so Viber refuses it.
    assert.deepEqual([error.channelCode, error.disposition], ['invalidUrl', 'pause'])
    assert.equal(fake.callsOf('set_webhook').length, 1)
    fake.fail('send_message', { viberStatus: 10 })
    fake.fail('set_webhook', { viberStatus: 0 })
    account.webhook = 'https://hub.example/'
    const receipt = await connector.send(ANN, { text }, line, sendContext())
    assert.equal(receipt.messageIds.length, 1)
  })

  it('an empty message is rejected without a call', async () => {
    for (const message of [{}, { text: plainText(' \n') }, { buttons: [[{ text: ' ' }]] }]) {
      const { disposition } = await fault(connector.send(ANN, message, line, sendContext()))
      assert.equal(disposition, 'reject')
    }
    assert.equal(fake.calls.length, 0)
  })
})

describe('buttons', () => {
  it('are a keyboard with the last part, and a press of one is known by its payload', async () => {
    const buttons = [
      [
        { text: 'My <order>', payload: 'order:17' },
        { text: 'Site', url: 'https://shop.example/' },
      ],
      [{ text: 'a' }, { text: 'b' }, { text: 'c' }, { text: 'd' }],
    ]
    const [body] = await bodiesOf({ text, buttons })
    const { keyboard, tracking_data: tracking } = body as Record<string, unknown>
    const shown = (keyboard as { Buttons: Record<string, unknown>[] }).Buttons
    assert.deepEqual(shown.slice(0, 2), [
      {
        ActionType: 'reply',
        ActionBody: 'order:17',
        Text: 'My &lt;order&gt;',
        Columns: 3,
        Rows: 1,
      },
      {
        ActionType: 'open-url',
        ActionBody: 'https://shop.example/',
        Text: 'Site',
        Columns: 3,
        Rows: 1,
      },
    ])
    assert.deepEqual(
      shown.slice(2).map(({ Columns: columns }) => columns),
      [1, 1, 2, 2],
    )
    const message = { type: 'text', text: 'order:17', tracking_data: tracking }
    const update = { event: 'message', message_token: 1, sender: { id: ANN }, message }
    const [event] = connector.parse(update, line, 1).events
    assert.ok(event?.type === 'button', inspect(event))
    assert.deepEqual([event.payload, event.text], ['order:17', 'My <order>'])
  })

  it('that Viber can not show are a numbered list', async () => {
    const buttons = [
      [
        { text: 'App', url: 'tg://resolve' },
        { text: 'Help', payload: 'h' },
      ],
    ]
    assert.deepEqual(await bodiesOf({ text, buttons }), [
      { type: 'text', text: 'hello\n1. App – tg://resolve\n2. Help' },
    ])
    fake.calls.length = 0
    const many = Array.from({ length: 60 }, (_, index) => [{ text: `Button ${index}` }])
    const [body] = await bodiesOf({ text, buttons: many })
    assert.match(String(body?.['text']), /60\. Button 59$/)
    assert.equal(body?.['keyboard'], undefined)
  })
})

describe('what Viber refuses', () => {
  const rows: [status: number, disposition: string, code: string][] = [
    [1, 'pause', 'invalidUrl'],
    [2, 'pause', 'invalidAuthToken'],
    [3, 'reject', 'badData'],
    [4, 'reject', 'missingData'],
    [5, 'reject', 'receiverNotRegistered'],
    [6, 'reject', 'receiverNotSubscribed'],
    [7, 'pause', 'publicAccountBlocked'],
    [8, 'pause', 'publicAccountNotFound'],
    [9, 'pause', 'publicAccountSuspended'],
    [11, 'reject', 'receiverNoSuitableDevice'],
    [12, 'retry', 'tooManyRequests'],
    [13, 'reject', 'apiVersionNotSupported'],
    [14, 'reject', 'incompatibleWithVersion'],
    [15, 'pause', 'publicAccountNotAuthorized'],
    [18, 'reject', 'noPublicChat'],
    [21, 'reject', 'unsupportedCountry'],
    [23, 'pause', 'freeMessagesExceeded'],
    [24, 'pause', 'noBalance'],
    [99, 'retry', 'status99'],
  ]
  for (const [viberStatus, disposition, code] of rows) {
    it(`with status ${viberStatus} is ${disposition}, certainly not sent`, async () => {
      fake.fail('send_message', { viberStatus, words: `echo ${TOKEN}`, times: 9 })
      const given = await fault(connector.send(ANN, { text }, line, sendContext()))
      const { channelCode, outcome } = given
      assert.deepEqual([given.disposition, channelCode, outcome], [disposition, code, 'not-sent'])
    })
  }

  it('is told apart: the person, the pace, and what nobody knows', async () => {
    account.gone.add(ANN)
    const gone = await fault(connector.send(ANN, { text }, line, sendContext()))
    assert.equal(gone.channelCode, 'receiverNotSubscribed')
    account.gone.clear()
    account.unanswered.set(ANN, 100)
    const pace = await fault(connector.send(ANN, { text }, line, sendContext()))
    assert.deepEqual([pace.isRateLimit, pace.scope, pace.retryAfterMs], [true, 'chat', 600_000])
    fake.fail('send_message', { viberStatus: 77 })
    const other = await fault(connector.send(ANN, { text }, line, sendContext()))
    assert.equal(other.maxAttempts, 4)
  })

  it('in HTML with 200 leaves the outcome unknown', async () => {
    fake.fail('send_message', { status: 200, words: '<html>' })
    const { disposition, outcome } = await fault(connector.send(ANN, { text }, line, sendContext()))
    assert.deepEqual([disposition, outcome], ['retry', 'unknown'])
  })
})

describe('testConnect', () => {
  it('gives the account, and says in the log that another webhook is replaced', async () => {
    logged.length = 0
    const good = { ok: true, identity: 'pa:753465942754', name: 'Desk' }
    assert.deepEqual(await connector.testConnect(line, sendContext()), good)
    assert.deepEqual(logged, [])
    account.webhook = 'https://elsewhere.example/secret'
    assert.deepEqual(await connector.testConnect(line, sendContext()), good)
    assert.match(inspect(logged), /viber\.webhook-taken-over/)
    assert.ok(!inspect(logged).includes('elsewhere'))
  })

  it('names the token, or the address, that is at fault', async () => {
    const wrong = createLine({ apiRoot: fake.url, authToken: 'x' })
    const report = await connector.testConnect(wrong, sendContext())
    assert.ok(!report.ok)
    assert.deepEqual([report.error.code, report.error.field], ['HUB_CHANNEL_REFUSED', 'authToken'])
    for (const apiRoot of [`${fake.origin}/nothing`, 'http://127.0.0.1:1/pa']) {
      const other = await connector.testConnect(createLine({ apiRoot }), sendContext())
      assert.ok(!other.ok)
      assert.equal(other.error.field, 'apiRoot')
    }
    fake.fail('get_account_info', { viberStatus: 0 })
    const odd = await connector.testConnect(line, sendContext())
    assert.ok(!odd.ok && odd.error.code === 'HUB_CHANNEL_UNREACHABLE')
  })

  it('throws when the hub breaks it off', async () => {
    const call = sendContext({ signal: AbortSignal.abort() })
    await assert.rejects(connector.testConnect(line, call), TransportError)
  })
})

describe('the webhook', () => {
  it('is refused with words that say what Viber needs', async () => {
    await assert.rejects(async () => connector.install?.(line, sendContext()), /certificate/)
  })

  it('is taken away with an empty address', async () => {
    await connector.uninstall?.(line, sendContext())
    assert.equal(account.webhook, '')
  })
})

describe('getUserDetails', () => {
  const [method] = connector.methods
  const context = {
    signal: new AbortController().signal,
    conversation: async () => undefined,
    latestConversation: async () => undefined,
    remember: async () => undefined,
  }

  it('tells what Viber knows of a person', async () => {
    for (const params of [{ user: { id: ANN } }, { chat: { id: ANN } }]) {
      assert.deepEqual(await method?.run(params, line, context), {
        id: ANN,
        name: 'Ann',
        language: 'ru',
        country: 'RU',
      })
    }
  })

  it('refuses params without a person', async () => {
    for (const params of [{}, { user: {} }, { user: { id: '' } }, { user: { id: 'a' }, x: 1 }]) {
      await assert.rejects(async () => method?.run(params, line, context), ParamsError)
    }
  })
})
