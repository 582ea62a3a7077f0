import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { BadUpdateError } from '../../../src/core/errors.ts'
import type { InboundEvent } from '../../../src/core/event.ts'
import { visibleText } from '../../../src/core/rich-text.ts'
import { createConnector, createLine, http, RECEIVED_AT, rawRequest, SECRET } from './helpers.ts'

const connector = createConnector()
const line = createLine()
const FOLDER = new URL('../../fixtures/telegram/', import.meta.url)

after(() => http.close())

function parse(update: unknown): readonly InboundEvent[] {
  return connector.parse(update, line, RECEIVED_AT).events
}

function messageWith(fields: object): object {
  const chat = { id: 55, type: 'private' }
  return { update_id: 1, message: { message_id: 7, date: 1_767_225_600, chat, ...fields } }
}

describe('each fixture parses to its golden events', () => {
  for (const name of readdirSync(FOLDER)) {
    it(name.replace('.json', ''), () => {
      const {
        source: _,
        date: __,
        update,
        ...expected
      } = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
      assert.deepEqual(connector.parse(update, line, RECEIVED_AT), expected)
    })
  }
})

describe('what is no update is refused', () => {
  const bad: [name: string, update: unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['text', 'update'],
    ['a number', 1],
    ['a list', [{ update_id: 1 }]],
    ['an empty object', {}],
    ['an update_id that is text', { update_id: '1', message: {} }],
    ['an update_id that is a fraction', { update_id: 1.5 }],
    ['a message that is null', { update_id: 1, message: null }],
    ['a message that is text', { update_id: 1, message: 'hi' }],
    ['a message without fields', { update_id: 1, message: {} }],
    ['a message without a date', messageWith({ date: undefined })],
    ['a message without a chat', messageWith({ chat: undefined })],
    ['a message whose chat has no id', messageWith({ chat: { type: 'private' } })],
    ['a message whose text is a number', messageWith({ text: 5 })],
    ['a photo that is no list', messageWith({ photo: {} })],
    ['a document without file_id', messageWith({ document: {} })],
    ['a location without numbers', messageWith({ location: { latitude: '1', longitude: '2' } })],
    ['entities that are no list', messageWith({ text: 'x', entities: 'y' })],
    ['a reaction without lists', { update_id: 1, message_reaction: { chat: {}, date: 1 } }],
    ['a callback without a person', { update_id: 1, callback_query: { id: '1', data: 'x' } }],
    ['a member update without a status', { update_id: 1, my_chat_member: {} }],
  ]
  for (const [name, update] of bad) {
    it(name, () => assert.throws(() => parse(update), BadUpdateError))
  }
})

describe('odd updates', () => {
  it('an update without content, and one named like an object method, are unsupported', () => {
    assert.deepEqual(parse({ update_id: 1 }), [
      { type: 'unsupported', at: RECEIVED_AT, kind: 'update' },
    ])
    assert.equal(parse({ update_id: 1, constructor: {} })[0]?.type, 'unsupported')
  })

  it('entities out of bounds, crossing, negative or inside a surrogate pair lose no text', () => {
    const text = 'a👋b'
    const offsets = [-5, 0, 1, 2, 3, 4, 99, 0.5, Number.MAX_SAFE_INTEGER]
    const entities = offsets.flatMap((offset) =>
      [-1, 0, 1, 2, 99].map((length) => ({ type: length === 2 ? 'code' : 'bold', offset, length })),
    )
    const [event] = parse(messageWith({ text, entities }))
    assert.ok(event?.type === 'message.new' && event.message.text)
    assert.equal(visibleText(event.message.text), text)
  })

  it('unpaired surrogates and a huge text with many entities are taken quickly', () => {
    const text = '\ud83d'.repeat(500_000)
    const entities = Array.from({ length: 20_000 }, (_, index) => ({
      type: index % 2 ? 'bold' : 'italic',
      offset: index,
      length: text.length - index,
    }))
    const startedAt = performance.now()
    const [event] = parse(messageWith({ text, entities }))
    assert.ok(performance.now() - startedAt < 2000)
    assert.ok(event?.type === 'message.new' && event.message.text)
    assert.equal(visibleText(event.message.text), text)
  })

  it('the key names the bot, so that another bot in the same line is not taken for a repetition', () => {
    const other = createLine({ token: '999:other' })
    const update = messageWith({ text: 'x' })
    assert.equal(connector.parse(update, line, 0).key, '123456:1')
    assert.equal(connector.parse(update, other, 0).key, '999:1')
  })
})

describe('verify', () => {
  const header = 'x-telegram-bot-api-secret-token'
  const cases: [name: string, headers: Record<string, string>, ok: boolean][] = [
    ['the secret is let in', { [header]: SECRET }, true],
    ['a missing secret is refused', {}, false],
    ['an empty secret is refused', { [header]: '' }, false],
    ['a wrong secret of the same length is refused', { [header]: SECRET.toUpperCase() }, false],
    ['a longer secret is refused', { [header]: `${SECRET}x` }, false],
  ]
  for (const [name, headers, ok] of cases) {
    it(name, async () => {
      assert.equal((await connector.verify(rawRequest({}, headers), line)).ok, ok)
    })
  }
})
