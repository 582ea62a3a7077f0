import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { messengerTraits } from '../../../connectors/facebook/traits.ts'
import { instagramTraits } from '../../../connectors/instagram/traits.ts'
import { parseMessaging } from '../../../connectors/meta/messaging-inbound.ts'
import { parseMetaSettings } from '../../../connectors/meta/settings.ts'
import type { ParsedUpdate } from '../../../src/core/connector.ts'
import { BadUpdateError } from '../../../src/core/errors.ts'

const PARTIES = { sender: { id: '7001' }, recipient: { id: '111' }, timestamp: 5 }

function parse(item: unknown, traits = messengerTraits): ParsedUpdate {
  const settings = parseMetaSettings({ pageId: '111', accountId: '111', appId: '9' }, traits.keys)
  const line = { id: 1, connector: 'x', settings, webhookSecret: '', webhookUrl: '' }
  const update = { object: traits.object, entry: [{ id: '111', time: 1, messaging: [item] }] }
  return parseMessaging(update, line, 1000, traits)
}

function typesOf(item: unknown, traits = messengerTraits): string[] {
  return parse(item, traits).events.map(({ type }) => type)
}

describe('an item of a webhook', () => {
  const broken: [title: string, item: object][] = [
    ['a message without id', { ...PARTIES, message: { text: 'x' } }],
    ['a message that is text', { ...PARTIES, message: 'x' }],
    ['a message without sender', { recipient: { id: '111' }, message: { mid: 'm' } }],
    ['a sender without id', { ...PARTIES, sender: {}, message: { mid: 'm', text: 'x' } }],
    ['a text that is a number', { ...PARTIES, message: { mid: 'm', text: 7 } }],
    ['an edit without text', { ...PARTIES, message_edit: { mid: 'm' } }],
    ['a reaction of another action', { ...PARTIES, reaction: { mid: 'm', action: 'x' } }],
    ['a delivery without watermark', { ...PARTIES, delivery: { mids: ['m'] } }],
    ['a reading of nothing', { ...PARTIES, read: {} }],
    ['a postback without payload', { ...PARTIES, postback: { title: 'x' } }],
    ['a time that is text', { ...PARTIES, timestamp: 'x', message: { mid: 'm', text: 'x' } }],
  ]
  for (const [title, item] of broken) {
    it(`is refused: ${title}`, () => assert.throws(() => parse(item), BadUpdateError))
  }

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

  it('is unsupported, whatever it is, when its kind is not known', () => {
    for (const item of [null, 7, 'x', [], {}, PARTIES, { ...PARTIES, constructor: {} }]) {
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
