import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import type { Verification } from '../../../src/core/connector.ts'
import { BadUpdateError } from '../../../src/core/errors.ts'
import { parseJson } from '../../../src/core/json.ts'
import { ANN, createConnector, createLine, http, RECEIVED_AT, rawRequest, sign } from './helpers.ts'

const connector = createConnector()
const line = createLine({ welcomeText: 'Hello' })
const FOLDER = new URL('../../fixtures/viber/', import.meta.url)

after(() => http.close())

describe('each fixture parses to its golden events, key and answer', () => {
  for (const name of readdirSync(FOLDER)) {
    it(name.replace('.json', ''), () => {
      const fixture = parseJson(readFileSync(new URL(name, FOLDER), 'utf8'))
      const { source: _, date: __, update, ...expected } = fixture as Record<string, unknown>
      assert.deepEqual(connector.parse(update, line, RECEIVED_AT), expected)
    })
  }
})

const sender = { id: ANN, name: 'Ann' }

describe('what is no callback is refused', () => {
  const bad: [name: string, update: unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['text', 'message'],
    ['a list', [{ event: 'message' }]],
    ['an empty object', {}],
    ['an event without a name', { event: '' }],
    ['an event that is a number', { event: 5 }],
  ]
  for (const [name, update] of bad) {
    it(name, () => {
      assert.throws(() => connector.parse(update, line, RECEIVED_AT), BadUpdateError)
    })
  }
})

describe('a part that cannot be read costs nothing else', () => {
  const text = { type: 'text', text: 'hi' }
  const message = (fields: unknown): object => {
    return { event: 'message', message_token: 1, sender, message: fields }
  }
  const rows: [name: string, update: object, told: string[]][] = [
    [
      'a token that is no number',
      { event: 'seen', message_token: 'a', user_id: ANN },
      ['unsupported seen'],
    ],
    ['no token', { event: 'message', sender, message: text }, ['message.new']],
    ['no sender', { event: 'message', message_token: 1, message: text }, ['unsupported message']],
    [
      'a sender without an id',
      { event: 'message', message_token: 1, sender: {}, message: text },
      ['unsupported message'],
    ],
    ['no message', { event: 'message', message_token: 1, sender }, ['unsupported message']],
    ['no type', message({ text: 'hi' }), ['message.new', 'unsupported message']],
    ['a text that is a number', message({ type: 'text', text: 5 }), ['message.new']],
    [
      'nulls',
      message({ ...text, media: null, location: null, tracking_data: null }),
      ['message.new'],
    ],
    [
      'no numbers of a place',
      message({ type: 'location', location: {} }),
      ['unsupported location'],
    ],
    [
      'no numbers of a place, beside a text',
      message({ type: 'location', text: 'here', location: {} }),
      ['message.new', 'unsupported location'],
    ],
    [
      'a sticker without address, beside a text',
      message({ type: 'sticker', text: 'hm', sticker_id: 40133 }),
      ['message.new', 'unsupported sticker'],
    ],
    [
      'an unknown type with a text',
      message({ type: 'rich_media', text: 'Buy' }),
      ['message.new', 'unsupported rich_media'],
    ],
    [
      'no person who starts',
      { event: 'conversation_started' },
      ['unsupported conversation_started'],
    ],
    ['no person who leaves', { event: 'unsubscribed' }, ['unsupported unsubscribed']],
    ['a status without a token', { event: 'delivered', user_id: ANN }, ['unsupported delivered']],
    [
      'a status without a person',
      { event: 'delivered', message_token: 1 },
      ['unsupported delivered'],
    ],
  ]
  for (const [name, update, told] of rows) {
    it(name, () => {
      const { events, unreadable } = connector.parse(update, line, RECEIVED_AT)
      const kinds = events.map((event) =>
        event.type === 'unsupported' ? `unsupported ${event.kind}` : event.type,
      )
      assert.deepEqual(kinds, told)
      assert.ok(!JSON.stringify(unreadable ?? []).includes('hi'))
    })
  }

  it('nothing is dated 1970', () => {
    for (const timestamp of [0, 1, null, 'soon']) {
      const update = { ...message(text), timestamp }
      assert.equal(connector.parse(update, line, RECEIVED_AT).events[0]?.at, RECEIVED_AT)
    }
  })

  it('messages without tokens are told apart', () => {
    const keyOf = (words: string): string => {
      const update = { event: 'message', sender, message: { type: 'text', text: words } }
      return connector.parse(update, line, RECEIVED_AT).key
    }
    assert.notEqual(keyOf('a'), keyOf('b'))
    assert.equal(keyOf('a'), keyOf('a'))
  })
})

describe('a callback of the right shape', () => {
  function kinds(message: object): string[] {
    const update = { event: 'message', message_token: 1, sender, message }
    return connector.parse(update, line, RECEIVED_AT).events.map(({ type }) => type)
  }

  it('with nothing to carry is unsupported, not dropped', () => {
    for (const message of [
      { type: 'text' },
      { type: 'text', text: '' },
      { type: 'picture' },
      { type: 'picture', media: 'javascript:alert(1)' },
      { type: 'contact', contact: {} },
      { type: 'location' },
      { type: 'url' },
      { type: 'constructor' },
    ]) {
      assert.deepEqual(kinds(message), ['unsupported'], JSON.stringify(message))
    }
  })

  it('is known again by its event and token, whatever else is in it', () => {
    const keyOf = (more: object): string =>
      connector.parse({ event: 'seen', message_token: 5, user_id: ANN, ...more }, line, 1).key
    assert.equal(keyOf({ timestamp: 1 }), keyOf({ timestamp: 2 }))
    assert.notEqual(keyOf({}), keyOf({ event: 'delivered' }))
    assert.notEqual(keyOf({}), keyOf({ message_token: 6 }))
  })

  it('of a sent message lets the sends to that person end first', () => {
    for (const name of ['delivered', 'seen', 'failed']) {
      const update = { event: name, message_token: 5, user_id: ANN }
      assert.deepEqual(connector.parse(update, line, 1).afterSendsTo, [ANN], name)
    }
  })

  it('of a name from the prototype is an unknown kind', () => {
    const { events } = connector.parse({ event: 'constructor' }, line, RECEIVED_AT)
    assert.deepEqual(events, [{ type: 'unsupported', at: RECEIVED_AT, kind: 'constructor' }])
  })

  it('keeps tokens apart that a number can not', () => {
    const ids = ['5741311803571721087', '5741311803571721088'].map((token) => {
      const body = `{"event":"seen","message_token":${token},"user_id":"a"}`
      return connector.parse(parseJson(body), line, RECEIVED_AT).key
    })
    assert.notEqual(ids[0], ids[1])
  })
})

describe('a signature', () => {
  const body = '{"event":"message"}'
  async function verify(text: string, signature?: string): Promise<Verification> {
    return await connector.verify(rawRequest(text, signature), line)
  }

  it('of the exact bytes under the token is believed, in either case', async () => {
    assert.deepEqual(await verify(body, sign(body)), { ok: true })
    assert.deepEqual(await verify(body, sign(body).toUpperCase()), { ok: true })
    const binary = '{"event":"привет \\ud83d"}'
    assert.deepEqual(await verify(binary, sign(binary)), { ok: true })
  })

  it('that is missing, another, too short, too long or no hex is refused', async () => {
    const good = sign(body)
    for (const wrong of [
      undefined,
      '',
      'x',
      good.slice(2),
      `${good}00`,
      `${good.slice(0, -1)}g`,
      sign(`${body} `),
      sign(body, 'another'),
    ]) {
      assert.equal((await verify(body, wrong)).ok, false, wrong)
    }
  })
})

describe('the check of the webhook', () => {
  const check = '{"event":"webhook","timestamp":1,"message_token":241256543215}'
  const shake = (body: string, signature?: string): unknown =>
    connector.handshake?.(rawRequest(body, signature), line)

  it('is answered when it is signed', () => {
    assert.deepEqual(shake(check, sign(check)), { status: 200, body: '' })
  })

  it('is none when it is not signed, too long, no JSON, or something else', () => {
    const long = check.replace('}', `,"x":"${'x'.repeat(2000)}"}`)
    const other = '{"event":"message","message":"webhook"}'
    for (const body of [long, other, '{"event":"webhook"', '["webhook"]']) {
      assert.equal(shake(body, sign(body)), undefined, body)
    }
    assert.equal(shake(check), undefined)
    assert.equal(shake(check, sign(check, 'another')), undefined)
    const request = { ...rawRequest(check, sign(check)), method: 'GET' as const }
    assert.equal(connector.handshake?.(request, line), undefined)
  })
})

describe('the welcome', () => {
  it('is only given when there is one, with the sender that messages have', () => {
    const started = { event: 'conversation_started', message_token: 1, user: sender }
    const values = { welcomeText: 'Hi', senderAvatar: 'https://a.example/p.png' }
    const { reply } = connector.parse(started, createLine(values), 1)
    assert.deepEqual(JSON.parse(reply?.body ?? ''), {
      sender: { name: 'Desk', avatar: 'https://a.example/p.png' },
      type: 'text',
      text: 'Hi',
    })
    assert.equal(connector.parse(started, createLine(), 1).reply, undefined)
  })
})
