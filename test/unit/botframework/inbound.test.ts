import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { BadUpdateError } from '../../../src/core/errors.ts'
import { descriptorOf, message, NO_NETWORK, PURE_LINE, START } from './kit.ts'

const FIXTURES = new URL('../../fixtures/botframework/', import.meta.url)
const SERVICE = 'https://smba.trafficmanager.net/emea/'

interface Fixture {
  readonly connector: string
  readonly update: unknown
  readonly events: readonly unknown[]
}

function parse(update: unknown, id = 'botframework.msteams') {
  return descriptorOf(id).create(NO_NETWORK).parse(update, PURE_LINE, START)
}

describe('each example activity gives its golden events', () => {
  for (const name of readdirSync(FIXTURES).sort()) {
    it(name.replace('.json', ''), () => {
      const fixture: Fixture = JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'))
      const { events } = parse(fixture.update, fixture.connector)
      assert.deepEqual(events, fixture.events)
    })
  }
})

describe('an activity', () => {
  it('of another channel is ignored, and its chat is not remembered', () => {
    const parsed = parse(message(SERVICE, { channelId: 'slack' }))
    assert.deepEqual(parsed.events, [])
    assert.equal(parsed.ignored, 'channel')
    assert.equal(parsed.conversations, undefined)
  })

  it('tells where and as whom to answer', () => {
    const conversation = { id: 'a:1', isGroup: false, tenantId: 'tenant' }
    assert.deepEqual(parse(message(SERVICE, { conversation })).conversations, [
      {
        chatId: 'a:1',
        context: {
          serviceUrl: SERVICE,
          channelId: 'msteams',
          conversationId: 'a:1',
          bot: { id: '28:11111111-2222-3333-4444-555555555555', name: 'Desk' },
          user: { id: '29:1abc', name: 'Anna' },
          tenantId: 'tenant',
          isGroup: false,
        },
      },
    ])
  })

  it("has a chat id under its channel's name in the parent, where ids of two channels could meet", () => {
    const chatOf = (channelId: string, id: string) => {
      const conversation = { id, conversationType: 'personal' }
      const [event] = parse(message(SERVICE, { channelId, conversation }), 'botframework').events
      return event?.chat?.id
    }
    assert.equal(chatOf('telegram', '55'), 'telegram|55')
    assert.equal(chatOf('groupme', '55'), 'groupme|55')
    assert.equal(chatOf('sms', '+4915112345678'), 'sms|+4915112345678')
    assert.equal(chatOf('msteams', 'a:1xyz'), 'a:1xyz')
  })

  it("leaves nothing of Slack's channel data behind", () => {
    const channelData = { ApiToken: 'xoxb-secret', SlackMessage: { token: 'xoxb-secret' } }
    for (const type of ['message', 'conversationUpdate', 'event', 'invoke']) {
      for (const id of ['1', undefined]) {
        const update = message(SERVICE, { type, id, channelId: 'slack', channelData })
        const parsed = JSON.stringify(parse(update, 'botframework.slack'))
        assert.ok(!parsed.includes('xoxb-secret'))
      }
    }
  })

  it('of the bot itself is ignored', () => {
    const bot = { id: '28:11111111-2222-3333-4444-555555555555' }
    const parsed = parse(message(SERVICE, { from: bot, recipient: bot }))
    assert.deepEqual([parsed.events, parsed.ignored], [[], 'echo'])
  })

  it('that is an invoke gets a JSON answer, in every case', () => {
    for (const channelId of ['msteams', 'slack']) {
      const { reply } = parse(message(SERVICE, { type: 'invoke', name: 'x', channelId }))
      assert.deepEqual(reply, { status: 200, body: '{}', contentType: 'application/json' })
    }
  })

  it('of an unknown kind may lack a conversation, a message is missed without one', () => {
    const parsed = parse({ type: 'deleteUserData', channelId: 'msteams' })
    assert.deepEqual(parsed.events, [{ type: 'unsupported', at: START, kind: 'deleteUserData' }])
    assert.equal(parsed.unreadable, undefined)
    const lost = parse({ type: 'message', channelId: 'msteams', text: 'PLANTED' })
    assert.deepEqual(lost.events, [{ type: 'unsupported', at: START, kind: 'message' }])
    assert.equal(lost.unreadable?.[0]?.path, 'conversation.id')
    for (const type of ['messageUpdate', 'messageDelete']) {
      const { events, unreadable } = parse(message(SERVICE, { type, id: null }))
      assert.deepEqual([events[0]?.type, unreadable?.[0]?.path], ['unsupported', 'id'])
    }
  })

  const odd: [name: string, more: object, told: string[]][] = [
    ['text that is a number', { text: 5 }, ['message.new']],
    ['text that is an object', { text: {} }, ['unsupported text']],
    [
      'text that is an object, beside a file',
      { text: {}, attachments: [{ contentType: 'image/png', contentUrl: 'https://a.example/b' }] },
      ['message.new', 'unsupported text'],
    ],
    [
      'attachments that are no list',
      { attachments: 'x' },
      ['message.new', 'unsupported attachments'],
    ],
    [
      'two attachments that nobody can show',
      { attachments: [{ contentType: 'a' }, { contentType: 'b' }] },
      ['message.new', 'unsupported attachment:a', 'unsupported attachment:b'],
    ],
    ['nulls', { attachments: null, entities: null, value: null, from: null }, ['message.new']],
    [
      'nothing that is reacted',
      { type: 'messageReaction', replyToId: '1' },
      ['unsupported messageReaction'],
    ],
  ]
  for (const [name, more, told] of odd) {
    it(`with ${name} costs nothing else`, () => {
      const events = parse(message(SERVICE, more)).events.map((event) =>
        event.type === 'unsupported' ? `unsupported ${event.kind}` : event.type,
      )
      assert.deepEqual(events, told)
    })
  }

  it('a typed tag of a quote that nobody makes stays in the text', () => {
    const text = '<quoted messageId="1"/> x'
    const [event] = parse(message(SERVICE, { text })).events
    assert.ok(event?.type === 'message.new')
    assert.deepEqual(event.message.text, [{ type: 'text', value: text }])
  })

  for (const update of [null, 1, 'x', [], {}, { type: 1 }, { type: '' }]) {
    it(`is not ${JSON.stringify(update)}`, () => {
      assert.throws(() => parse(update), BadUpdateError)
    })
  }

  it('full of unclosed tags is read in linear time', () => {
    const before = performance.now()
    parse(message(SERVICE, { text: '<at '.repeat(250_000) }))
    parse(message(SERVICE, { text: '<at>'.repeat(250_000) }))
    assert.ok(performance.now() - before < 2000)
  })
})

describe('the key of an update', () => {
  const key = (more: object): string => parse(message(SERVICE, more)).key

  it('is the same for the same message delivered again', () => {
    assert.equal(key({}), key({ timestamp: '2026-01-10T09:00:30.000Z' }))
    assert.equal(key({ id: undefined }), key({ id: undefined }))
  })

  it('differs by type, channel, conversation and id', () => {
    const keys = [
      key({}),
      key({ type: 'messageDelete' }),
      key({ channelId: 'slack' }),
      key({ conversation: { id: 'a:2' } }),
      key({ id: '1518' }),
      key({ id: undefined }),
      key({ id: undefined, text: 'other' }),
    ]
    assert.equal(new Set(keys).size, keys.length)
  })

  it('differs for two edits of one message', () => {
    const type = 'messageUpdate'
    const keys = [
      key({ type }),
      key({ type, text: 'second' }),
      key({ type, timestamp: '2026-01-10T09:01:00.000Z' }),
    ]
    assert.equal(new Set(keys).size, 3)
  })

  it('has at most 512 characters', () => {
    assert.ok(key({ conversation: { id: 'x'.repeat(2000) } }).length <= 512)
  })
})
