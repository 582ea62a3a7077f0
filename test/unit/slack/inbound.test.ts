import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { BadUpdateError } from '../../../src/core/errors.ts'
import { parseJson } from '../../../src/core/json.ts'
import { signSlack } from '../../fakes/slack.ts'
import {
  CHAT,
  createConnector,
  createLine,
  FORM,
  http,
  RECEIVED_AT,
  rawRequest,
  SECRET,
} from './helpers.ts'

const connector = createConnector()
const line = createLine()
const FOLDER = new URL('../../fixtures/slack/', import.meta.url)

after(() => http.close())

describe('each fixture parses to its golden events and key', () => {
  for (const name of readdirSync(FOLDER)) {
    it(name.replace('.json', ''), () => {
      const fixture = parseJson(readFileSync(new URL(name, FOLDER), 'utf8'))
      const { source: _, date: __, update, ...expected } = fixture as Record<string, unknown>
      assert.deepEqual(connector.parse(update, line, RECEIVED_AT), expected)
    })
  }
})

const TS = '1767225600.000100'
const callback = (event: unknown): object => ({ type: 'event_callback', event_id: 'Ev1', event })

describe('what is no update is refused', () => {
  const bad: [name: string, update: unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['text', 'message'],
    ['a list', [callback({ type: 'message' })]],
    ['an empty object', {}],
    ['a type that is a number', { type: 5 }],
    ['an event that is no object', { event: 'message' }],
  ]
  for (const [name, update] of bad) {
    it(name, () => {
      assert.throws(() => connector.parse(update, line, RECEIVED_AT), BadUpdateError)
    })
  }
})

describe('updates of one message', () => {
  const message = { channel: CHAT, user: 'U1', text: 'hi', ts: TS }

  it('have one key when it is told as a message and as a mention', () => {
    const [told, mentioned] = ['message', 'app_mention'].map((type, index) =>
      connector.parse({ ...callback({ type, ...message }), event_id: `Ev${index}` }, line, 1),
    )
    assert.equal(told?.key, mentioned?.key)
  })

  it('have the words of their blocks where they have no text', () => {
    const section = (...elements: object[]) => ({ type: 'rich_text_section', elements })
    const text = (words: string) => ({ type: 'text', text: words })
    const link = { type: 'link', url: 'https://a.example' }
    const first = section(text('is 1 < 2 '), { type: 'emoji', name: 'smile' }, text(' see '), link)
    const list = { type: 'rich_text_list', elements: [section(text('one')), section(text('two'))] }
    const blocks = [{ type: 'rich_text', elements: [first, list] }]
    const event = { type: 'message', channel: CHAT, user: 'U1', ts: TS, text: '', blocks }
    const [told] = connector.parse(callback(event), line, RECEIVED_AT).events
    assert.ok(told?.type === 'message.new')
    assert.deepEqual(told.message.text, [
      { type: 'text', value: 'is 1 < 2 ' },
      { type: 'emoji', value: '😄' },
      { type: 'text', value: ' see https://a.example\none\ntwo' },
    ])
  })

  it('in two conversations have two keys and two ids, though Slack gives both one ts', () => {
    const [one, other] = ['C1', 'C2'].map((channel) =>
      connector.parse(callback({ type: 'message', ...message, channel }), line, 1),
    )
    assert.notEqual(one?.key, other?.key)
    assert.notDeepEqual(one?.events[0], other?.events[0])
  })
})

describe('whose an update is', () => {
  const event = { type: 'message', channel: CHAT, user: 'U0BOTDESK', text: 'hi', ts: TS }
  const connected = createLine({}, 'T1:U0BOTDESK')
  const authorizations = [{ team_id: 'T2', user_id: 'U9', is_bot: true }]

  it('an echo is known by the bot user of the line alone', () => {
    assert.equal(connector.parse(callback(event), connected, 1).ignored, 'sent by this app')
  })

  it('what is for the app in another workspace is ignored', () => {
    const update = { ...callback({ ...event, user: 'U1' }), authorizations }
    const { events, ignored } = connector.parse(update, connected, 1)
    assert.deepEqual([events, ignored], [[], 'for the app in another workspace'])
    assert.equal(connector.parse(update, line, 1).events.length, 1)
  })

  it("the bot's own reactions are ignored", () => {
    const item = { type: 'message', channel: CHAT, ts: TS }
    const reaction = { type: 'reaction_added', user: 'U0BOTDESK', reaction: 'eyes', item }
    assert.deepEqual(connector.parse(callback(reaction), connected, 1).events, [])
  })
})

describe('a signature', () => {
  const body = JSON.stringify(callback({ type: 'message' }))
  const verify = (headers: Record<string, string>) =>
    connector.verify(rawRequest(body, { headers }), line)

  it('holds for five minutes, before and after', () => {
    for (const age of [0, 290, -290])
      assert.deepEqual(verify(signSlack(body, SECRET, age)), { ok: true })
    for (const age of [310, -310]) {
      assert.deepEqual(verify(signSlack(body, SECRET, age)), {
        ok: false,
        reason: 'signed at another time',
      })
    }
  })

  it('is refused when it is missing, malformed, of another secret or of another body', () => {
    const good = signSlack(body, SECRET)
    const signature = good['x-slack-signature'] ?? ''
    const bad: Record<string, string>[] = [
      {},
      { ...good, 'x-slack-signature': '' },
      { ...good, 'x-slack-signature': signature.slice(3) },
      { ...good, 'x-slack-signature': signature.replace('v0=', 'v1=') },
      { ...good, 'x-slack-signature': 'v0=zz' },
      { ...good, 'x-slack-request-timestamp': 'now' },
      { ...good, 'x-slack-request-timestamp': '' },
      signSlack(body, 'another'),
      signSlack(`${body} `, SECRET),
    ]
    for (const headers of bad)
      assert.ok(!('then' in verify(headers)) && !(verify(headers) as { ok: boolean }).ok)
  })
})

describe('a handshake', () => {
  const challenge = JSON.stringify({ type: 'url_verification', challenge: 'abc', token: 'x' })

  it('answers a signed challenge with what it holds', () => {
    const reply = connector.handshake?.(rawRequest(challenge), line)
    assert.deepEqual(reply, { status: 200, body: 'abc' })
  })

  it('is none when it is not signed, or is something else', () => {
    const event = JSON.stringify(callback({ type: 'message', text: 'url_verification' }))
    for (const request of [
      rawRequest(challenge, { headers: {} }),
      rawRequest(challenge, { headers: signSlack(challenge, 'another') }),
      rawRequest(event),
      rawRequest('url_verification'),
      { ...rawRequest(challenge), method: 'GET' as const },
    ]) {
      assert.equal(connector.handshake?.(request, line), undefined)
    }
  })

  it("takes Slack's check of the certificate, and no form with those words in it", () => {
    const check = rawRequest('ssl_check=1&token=x', { type: FORM, headers: {} })
    assert.deepEqual(connector.handshake?.(check, line), { status: 200, body: '' })
    const typed = rawRequest('command=%2Fdesk&text=ssl_check%3D1', { type: FORM })
    assert.equal(connector.handshake?.(typed, line), undefined)
  })
})

describe('a body', () => {
  it('may be a form that holds the JSON', () => {
    const form = new URLSearchParams({ payload: '{"type":"block_actions","n":1}' }).toString()
    assert.deepEqual(connector.readUpdate?.(rawRequest(form, { type: FORM }), line), {
      type: 'block_actions',
      n: 1,
    })
  })

  it('may be the fields of a slash command, which cannot pass for another kind', () => {
    const form = 'command=%2Fdesk&text=hi&type=event_callback'
    assert.deepEqual(connector.readUpdate?.(rawRequest(form, { type: FORM }), line), {
      command: '/desk',
      text: 'hi',
      type: 'slash_command',
    })
  })

  it('is refused when the payload is no object', () => {
    for (const payload of ['', '5', '[]', '{']) {
      const form = new URLSearchParams({ payload }).toString()
      const read = (): unknown => connector.readUpdate?.(rawRequest(form, { type: FORM }), line)
      assert.throws(read, BadUpdateError)
    }
  })
})
