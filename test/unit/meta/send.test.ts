import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { DeliveryError } from '../../../src/core/errors.ts'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import type { FakeGraph } from '../../fakes/graph.ts'
import { graphError } from '../../fakes/graph-edges.ts'
import { META_APP, PAGE, PERSON, startFakeMeta } from '../../helpers/meta-kit.ts'
import { openChannel, sendContext } from './helpers.ts'

let graph: FakeGraph
let facebook: ReturnType<typeof openChannel>
let instagram: ReturnType<typeof openChannel>
before(async () => {
  graph = await startFakeMeta()
  facebook = openChannel('facebook', graph.url)
  instagram = openChannel('instagram', graph.url)
})
beforeEach(() => {
  graph.calls.length = 0
})
after(async () => {
  facebook.close()
  instagram.close()
  await graph[Symbol.asyncDispose]()
})

/** What was posted, without its recipient. */
async function sent(message: OutboundMessage, by = facebook): Promise<Record<string, unknown>[]> {
  await by.connector.send(PERSON, message, by.line, sendContext())
  return graph.callsOf('/messages').map(({ json: { recipient: _, ...json } }) => json)
}

async function faultOf(message: OutboundMessage, by = facebook): Promise<DeliveryError['fault']> {
  const error = await by.connector.send(PERSON, message, by.line, sendContext()).then(
    () => assert.fail('it was sent'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DeliveryError, inspect(error))
  for (const secret of [PAGE.token, META_APP.secret]) assert.ok(!inspect(error).includes(secret))
  return error.fault
}

function messageOf(posted: Record<string, unknown> | undefined): Record<string, unknown> {
  return posted?.['message'] as Record<string, unknown>
}

const HELLO = { text: plainText('hello') }
const OWN = { metadata: 'hub:out_1/1' }
const PHOTO = { url: 'https://f.example/a.jpg' }

describe('what is posted to Messenger', () => {
  it('is a response with metadata by which its echo is known, proven by the app secret', async () => {
    assert.deepEqual(await sent(HELLO), [
      { messaging_type: 'RESPONSE', message: { text: 'hello', ...OWN } },
    ])
    const [call] = graph.callsOf('/messages')
    assert.match(call?.query['appsecret_proof'] ?? '', /^[0-9a-f]{64}$/)
  })

  it('cuts long text and goes on behind the parts that were sent before', async () => {
    const text = plainText(`${'x'.repeat(1500)}\n${'y'.repeat(1500)}`)
    const call = sendContext({ done: [['m_first']] })
    const receipt = await facebook.connector.send(PERSON, { text }, facebook.line, call)
    assert.equal(receipt.messageIds.length, 2)
    assert.equal(receipt.messageIds[0], 'm_first')
    assert.equal(graph.callsOf('/messages').length, 1)
  })

  it('tells the hub of each part before the next', async () => {
    const told: (readonly string[])[] = []
    const partSent = async (ids: readonly string[]): Promise<void> => void told.push(ids)
    const message = { ...HELLO, files: [PHOTO, PHOTO] }
    const { messageIds } = await facebook.connector.send(
      PERSON,
      message,
      facebook.line,
      sendContext({ partSent }),
    )
    assert.deepEqual(told.flat(), messageIds.slice(0, 2))
  })

  it('puts files behind the text, each by its kind', async () => {
    const kinds = ['image', 'video', 'audio', 'voice', 'document', 'sticker'] as const
    const files = [...kinds.map((kind) => ({ url: 'https://f.example/f', kind })), PHOTO]
    const posted = await sent({ ...HELLO, files })
    const types = posted.map(
      ({ message }) => (message as { attachment?: { type: string } }).attachment?.type,
    )
    assert.deepEqual(types, [
      undefined,
      'image',
      'video',
      'audio',
      'audio',
      'file',
      'image',
      'image',
    ])
  })

  it('answers a message', async () => {
    const [first] = await sent({ ...HELLO, replyTo: { id: 'm_old' } })
    assert.deepEqual(first?.['reply_to'], { mid: 'm_old' })
  })

  it('sends an answer to a message Meta does not know without the reference', async () => {
    graph.fail('/messages', { status: 400, body: graphError(100) })
    const posted = await sent({ ...HELLO, replyTo: { id: 'm_old' } })
    assert.deepEqual(
      posted.map((json) => 'reply_to' in json),
      [true, false],
    )
  })

  it('sends a file that Meta can not fetch as its link', async () => {
    graph.fail('/messages', { status: 400, body: graphError(100, 2018008) })
    const posted = await sent({ files: [{ ...PHOTO, name: 'a.jpg' }] })
    assert.deepEqual(posted[1]?.['message'], { text: 'a.jpg: https://f.example/a.jpg', ...OWN })
  })

  it('shows buttons as quick replies on the last message, a text behind the files', async () => {
    const buttons = [[{ text: 'Yes', payload: 'y' }], [{ text: 'No' }]]
    const [file, text] = await sent({ ...HELLO, files: [PHOTO], buttons })
    assert.equal(messageOf(text)['text'], 'hello')
    assert.deepEqual(messageOf(text)['quick_replies'], [
      { content_type: 'text', title: 'Yes', payload: 'y' },
      { content_type: 'text', title: 'No', payload: 'No' },
    ])
    assert.ok(!('quick_replies' in messageOf(file)))
  })

  it('shows buttons alone with their labels as the text', async () => {
    const [only] = await sent({ buttons: [[{ text: 'Yes' }, { text: 'No' }]] })
    assert.equal(messageOf(only)['text'], 'Yes / No')
  })

  it('shows buttons that open a page in a template', async () => {
    const buttons = [
      [
        { text: 'Shop', url: 'https://shop.example' },
        { text: 'Ask', payload: 'a' },
      ],
    ]
    const [only] = await sent({ ...HELLO, buttons })
    const payload = {
      template_type: 'button',
      text: 'hello',
      buttons: [
        { type: 'web_url', title: 'Shop', url: 'https://shop.example' },
        { type: 'postback', title: 'Ask', payload: 'a' },
      ],
    }
    assert.deepEqual(only?.['message'], { attachment: { type: 'template', payload }, ...OWN })
  })

  it('says buttons in the text whose address Meta refuses', async () => {
    for (const url of ['http://crm/deal/5', 'crm:deal/5']) {
      graph.calls.length = 0
      const replyTo = { id: 'm_1' }
      const posted = await sent({ ...HELLO, replyTo, buttons: [[{ text: 'Open', url }]] })
      assert.equal(messageOf(posted.at(-1))['text'], `hello\n1. Open – ${url}`)
    }
  })

  it('lists buttons that fit nowhere', async () => {
    const many = Array.from({ length: 14 }, (_, index) => ({ text: `b${index + 1}` }))
    const long = [{ text: 'a title of more than twenty characters', url: 'https://a.example' }]
    const [first] = await sent({ ...HELLO, buttons: [many] })
    assert.match(String(messageOf(first)['text']), /^hello\n1\. b1\n(?:.*\n)*14\. b14$/)
    graph.calls.length = 0
    const [second] = await sent({ ...HELLO, buttons: [long] })
    assert.match(String(messageOf(second)['text']), /\n1\. a title.* – https:\/\/a/)
  })

  it('says a place and a contact in words', async () => {
    const location = { latitude: 55.7, longitude: 37.6, title: 'Office' }
    const [only] = await sent({ location, contact: { name: 'Ann', phone: '+49' } })
    const { text } = messageOf(only)
    assert.match(
      String(text),
      /^Office\n55\.7, 37\.6\nhttps:\/\/www\.openstreetmap\.org\/.*\nAnn, \+49$/,
    )
  })

  it('is nothing for a message without content', async () => {
    const fault = await faultOf({})
    assert.deepEqual([fault.disposition, fault.channelCode], ['reject', 'HUB_EMPTY_MESSAGE'])
  })

  it('shows that someone types, and that a message was read', async () => {
    const { connector, line } = facebook
    await connector.typing?.(PERSON, line, sendContext())
    await connector.markRead?.(PERSON, 'm_1', line, sendContext())
    assert.deepEqual(
      graph.callsOf('/messages').map(({ json }) => json['sender_action']),
      ['typing_on', 'mark_seen'],
    )
  })
})

describe('what is posted to Instagram', () => {
  it('has neither metadata nor a messaging type', async () => {
    assert.deepEqual(await sent(HELLO, instagram), [{ message: { text: 'hello' } }])
  })

  it('counts text in bytes', async () => {
    const posted = await sent({ text: plainText('ж'.repeat(900)) }, instagram)
    assert.equal(posted.length, 2)
  })

  it('gives a PDF as a file, and another document as its link', async () => {
    const files = ['a.pdf', 'b.zip'].map((name) => ({ url: `https://f.example/${name}`, name }))
    assert.deepEqual(await sent({ ...HELLO, files }, instagram), [
      { message: { text: 'hello\nb.zip: https://f.example/b.zip' } },
      {
        message: {
          attachment: {
            type: 'file',
            payload: { url: 'https://f.example/a.pdf', is_reusable: false },
          },
        },
      },
    ])
  })

  it('lists buttons that open a page', async () => {
    const buttons = [[{ text: 'Shop', url: 'https://shop.example' }]]
    assert.deepEqual(await sent({ ...HELLO, buttons }, instagram), [
      { message: { text: 'hello\n1. Shop – https://shop.example' } },
    ])
  })
})

describe('a refusal of Meta', () => {
  type Row = [
    title: string,
    answer: [status: number, code: number, subcode?: number],
    expected: object,
  ]
  const reject = { disposition: 'reject', outcome: 'not-sent' }
  const pause = { disposition: 'pause', outcome: 'not-sent' }
  const window = { ...reject, channelCode: 'outside_window' }
  const nobody = { ...reject, isNoAccount: true }
  const wait = {
    disposition: 'retry',
    outcome: 'not-sent',
    isRateLimit: true,
    scope: 'line',
    retryAfterMs: 60_000,
  }
  const rows: Row[] = [
    ['after the 24 hours', [400, 10, 2018278], window],
    ['after the 24 hours (older)', [400, 10, 2018065], window],
    ['after the 24 hours on Instagram', [400, 10, 2534022], window],
    ['of an unknown person', [400, 100, 2018001], nobody],
    ['of an unknown person on Instagram', [400, 100, 2534014], nobody],
    ['of a person who has left', [400, 551, 1545041], nobody],
    ['of a person who has left, without a subcode', [400, 551], nobody],
    ['of a person who takes no messages', [400, 10, 2018108], nobody],
    ['of a token', [400, 190, 463], { ...pause, field: 'pageAccessToken' }],
    ['of a session', [400, 102], { ...pause, field: 'pageAccessToken' }],
    ['for a missing permission', [403, 10], pause],
    ['for another missing permission', [403, 230], pause],
    ['for a capability', [400, 3], pause],
    ['of a restricted page', [400, 10, 1893063], pause],
    ['for abuse', [400, 368], pause],
    ['of an object', [400, 100, 33], reject],
    ['of a parameter', [400, 100], reject],
    ['of a code nobody knows', [400, 987654], reject],
    ['because it is too much for the app', [400, 4], wait],
    ['because it is too much for the page', [400, 32], wait],
    ['because it is too much for a conversation', [400, 613], wait],
    ['because it is too much (Messenger)', [400, 80006], wait],
    ['because it is too much (pages)', [400, 80001], wait],
    ['because it is too much (Instagram)', [400, 80002], wait],
    ['because it is too much for the application', [400, 341], wait],
    ['because it is too much, by subcode', [400, 9, 2018352], wait],
    ['for now', [500, 1], { disposition: 'retry', outcome: 'unknown' }],
    ['for now, with 400', [400, 1200], { disposition: 'retry', outcome: 'not-sent' }],
    [
      'for now, or for ever',
      [500, 2],
      { disposition: 'retry', outcome: 'unknown', maxAttempts: 10 },
    ],
  ]
  for (const [title, [status, code, subcode], expected] of rows) {
    it(`${title} (${code}/${subcode ?? '-'}) is ${JSON.stringify(expected)}`, async () => {
      graph.fail('/messages', { status, body: graphError(code, subcode) })
      const { channelCode, ...fault } = await faultOf(HELLO)
      const {
        channelCode: named = subcode === undefined ? `${code}` : `${code}/${subcode}`,
        ...rest
      } = expected as { channelCode?: string }
      assert.deepEqual(fault, rest)
      assert.equal(channelCode, named)
    })
  }

  it('that says it is transient is tried again', async () => {
    const body = graphError(987, undefined, { is_transient: true })
    graph.fail('/messages', { status: 400, body })
    assert.equal((await faultOf(HELLO)).disposition, 'retry')
  })

  it('for the rate waits until access is regained', async () => {
    const usage = { 111: [{ type: 'messenger', estimated_time_to_regain_access: 7 }] }
    const headers = { 'x-business-use-case-usage': JSON.stringify(usage) }
    graph.fail('/messages', { status: 400, body: graphError(80006), headers })
    assert.equal((await faultOf(HELLO)).retryAfterMs, 7 * 60_000)
  })

  it('in HTML by a gateway is tried again, the outcome unknown', async () => {
    graph.fail('/messages', { status: 502, body: '<html>Bad Gateway</html>' })
    const { disposition, outcome } = await faultOf(HELLO)
    assert.deepEqual([disposition, outcome], ['retry', 'unknown'])
  })

  it('that looks like a success but is none leaves the outcome unknown', async () => {
    graph.fail('/messages', { status: 200, body: '<html>Welcome</html>' })
    const { disposition, outcome } = await faultOf(HELLO)
    assert.deepEqual([disposition, outcome], ['retry', 'unknown'])
  })
})
