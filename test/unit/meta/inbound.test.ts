import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { messengerTraits } from '../../../connectors/facebook/traits.ts'
import { instagramTraits } from '../../../connectors/instagram/traits.ts'
import { parseMessaging } from '../../../connectors/meta/messaging-inbound.ts'
import { parseMetaSettings } from '../../../connectors/meta/settings.ts'
import type { ParsedUpdate } from '../../../src/core/connector.ts'

const RECIPIENT = { id: '111' }
const PARTIES = { sender: { id: '7001' }, recipient: RECIPIENT, timestamp: 5 }

function parse(item: unknown, traits = messengerTraits): ParsedUpdate {
  const settings = parseMetaSettings({ pageId: '111', accountId: '111', appId: '9' }, traits.keys)
  const line = { id: 1, connector: 'x', settings, webhookSecret: '', webhookUrl: '' }
  const update = {
    object: traits.object,
    entry: [{ id: '111', time: 1, messaging: [item].flat() }],
  }
  return parseMessaging(update, line, 1000, traits)
}

function typesOf(item: unknown, traits = messengerTraits): string[] {
  return parse(item, traits).events.map(({ type }) => type)
}

describe('an item of a webhook', () => {
  const broken: [title: string, kind: string, item: object][] = [
    ['a message without id', 'message', { ...PARTIES, message: { text: 'x' } }],
    ['a message that is text', 'message', { ...PARTIES, message: 'x' }],
    ['a message without sender', 'message', { recipient: RECIPIENT, message: { mid: 'm' } }],
    [
      'a sender without id',
      'message',
      { ...PARTIES, sender: {}, message: { mid: 'm', text: 'x' } },
    ],
    ['an edit without text', 'message_edit', { ...PARTIES, message_edit: { mid: 'm' } }],
    [
      'a reaction of another action',
      'reaction',
      { ...PARTIES, reaction: { mid: 'm', action: 'x' } },
    ],
    ['a delivery of nothing', 'delivery', { ...PARTIES, delivery: { mids: [] } }],
    ['a reading of nothing', 'read', { ...PARTIES, read: {} }],
    ['a postback without anything', 'postback', { ...PARTIES, postback: {} }],
  ]
  for (const [title, kind, item] of broken) {
    it(`is unsupported, and named for the log: ${title}`, () => {
      const { events, unreadable = [] } = parse(item)
      assert.deepEqual(
        events.map((event) => (event.type === 'unsupported' ? event.kind : event.type)),
        [kind],
      )
      assert.match(unreadable[0]?.path ?? '', /^entry\.0\.messaging\.0/)
      assert.equal(unreadable.length, 1)
    })
  }

  it('costs no other item of its request anything', () => {
    const good = { ...PARTIES, message: { mid: 'm', text: 'x' } }
    for (const [title, kind, item] of broken) {
      const types = parse([item, good]).events.map(({ type }) => type)
      assert.deepEqual(types, ['unsupported', 'message.new'], `${title}: ${kind}`)
    }
  })

  it('has the id of its message, where its kind is known and it lacks the rest', () => {
    const [event] = parse({ timestamp: 5, message_edit: { mid: 'm', num_edit: 0 } }).events
    assert.deepEqual(event, {
      type: 'unsupported',
      at: 1000,
      kind: 'message_edit',
      message: { id: 'm' },
    })
  })

  it('has its time however it is written', () => {
    for (const timestamp of [1_767_225_600, '1767225600', 1_767_225_600_000, '1767225600000']) {
      const [event] = parse({ ...PARTIES, timestamp, message: { mid: 'm', text: 'x' } }).events
      assert.equal(event?.at, 1_767_225_600_000, String(timestamp))
    }
  })

  it('in the form of a change is read as what it is', () => {
    const settings = parseMetaSettings({ accountId: '111' }, instagramTraits.keys)
    const line = { id: 1, connector: 'x', settings, webhookSecret: '', webhookUrl: '' }
    const value = { ...PARTIES, message: { mid: 'm', text: 'x' } }
    const update = {
      object: 'instagram',
      entry: [{ id: '111', changes: [{ field: 'messages', value }] }],
    }
    const { events } = parseMessaging(update, line, 1, instagramTraits)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['message.new'],
    )
  })

  it('is taken with null for what need not be there', () => {
    const fields = [
      'text',
      'attachments',
      'quick_reply',
      'reply_to',
      'referral',
      'is_echo',
      'app_id',
    ]
    const nothing = Object.fromEntries(fields.map((field) => [field, null]))
    const message = { mid: 'm', ...nothing }
    assert.deepEqual(typesOf({ ...PARTIES, message: { ...message, text: 'x' } }), ['message.new'])
    assert.deepEqual(typesOf({ ...PARTIES, message }), ['unsupported'])
    const attachments = [{ type: 'image', payload: null, title: null, url: null }]
    assert.deepEqual(typesOf({ ...PARTIES, message: { ...message, attachments } }), ['unsupported'])
  })

  it('with five thousand shared links is read without delay', () => {
    const attachments = Array.from({ length: 5000 }, (_, index) => {
      return {
        type: 'fallback',
        title: `t${index}`,
        payload: { url: `https://a.example/${index}` },
      }
    })
    const startedAt = performance.now()
    const [event] = parse({ ...PARTIES, message: { mid: 'm_1', attachments } }).events
    assert.ok(performance.now() - startedAt < 2000)
    assert.equal(event?.type, 'message.new')
  })

  it('is unsupported, whatever it is, when its kind is not known', () => {
    for (const item of [null, 7, 'x', {}, PARTIES, { ...PARTIES, constructor: {} }]) {
      assert.deepEqual(typesOf(item), ['unsupported'], JSON.stringify(item))
    }
  })

  it('has the time of arrival where none is told', () => {
    const [event] = parse({ ...PARTIES, timestamp: 0, message: { mid: 'm', text: 'x' } }).events
    assert.equal(event?.at, 1000)
  })

  it('is the same update when only its links are signed anew, and another when it is deleted', () => {
    const image = (url: string): object => ({ type: 'image', payload: { url } })
    const keyOf = (message: object): string => parse({ ...PARTIES, message }).key
    const first = keyOf({ mid: 'm', attachments: [image('https://a.example/1?oh=1')] })
    const again = keyOf({ mid: 'm', attachments: [image('https://a.example/1?oh=2')] })
    assert.equal(first, again)
    assert.notEqual(first, keyOf({ mid: 'm', is_deleted: true }))
    assert.notEqual(first, keyOf({ mid: 'n', attachments: [] }))
  })

  it('keeps its key short', () => {
    const message = { mid: 'm'.repeat(2000), text: 'x' }
    assert.ok(parse({ ...PARTIES, message }).key.length <= 512)
  })

  it('never leads to an address that is none of the web', () => {
    const attachments = [{ type: 'image', payload: { url: 'file:///etc/passwd' } }]
    assert.deepEqual(typesOf({ ...PARTIES, message: { mid: 'm', attachments } }), ['unsupported'])
  })

  it('of the other product holds nothing', () => {
    const settings = parseMetaSettings({ accountId: '111' }, instagramTraits.keys)
    const line = { id: 1, connector: 'x', settings, webhookSecret: '', webhookUrl: '' }
    const update = {
      object: 'page',
      entry: [{ id: '111', messaging: [{ ...PARTIES, message: { mid: 'm', text: 'x' } }] }],
    }
    assert.deepEqual(parseMessaging(update, line, 1, instagramTraits).events, [])
  })
})
