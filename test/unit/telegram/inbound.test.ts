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
  ]
  for (const [name, update] of bad) {
    it(name, () => assert.throws(() => parse(update), BadUpdateError))
  }
})

describe('a part that cannot be read costs nothing else', () => {
  const rows: [name: string, update: object, kinds: string[]][] = [
    ['a message that is null', { update_id: 1, message: null }, ['unsupported message']],
    ['a message that is text', { update_id: 1, message: 'hi' }, ['unsupported message']],
    ['a message without fields', { update_id: 1, message: {} }, ['unsupported message']],
    ['a message without a chat', messageWith({ chat: undefined }), ['unsupported message']],
    ['no id of the chat', messageWith({ chat: { type: 'private' } }), ['unsupported message']],
    ['no date', messageWith({ date: null, text: 'x' }), ['message.new']],
    ['a text that is a number', messageWith({ text: 5 }), ['message.new']],
    ['a text that is an object', messageWith({ text: {} }), ['unsupported text']],
    ['ids that are text', messageWith({ message_id: '7', text: 'x' }), ['message.new']],
    ['a photo that is no list', messageWith({ photo: {} }), ['unsupported photo']],
    [
      'a photo that is no list, beside a caption',
      messageWith({ photo: {}, caption: 'x' }),
      ['message.new', 'unsupported photo'],
    ],
    ['a document without file_id', messageWith({ document: {} }), ['unsupported document']],
    [
      'a place in text',
      messageWith({ location: { latitude: '1', longitude: '2.5' } }),
      ['message.new'],
    ],
    [
      'a place without numbers',
      messageWith({ location: { latitude: 'N' } }),
      ['unsupported location'],
    ],
    ['entities that are no list', messageWith({ text: 'x', entities: 'y' }), ['message.new']],
    [
      'a quote that is no object',
      messageWith({ text: 'x', quote: 'y' }),
      ['message.new', 'unsupported quote'],
    ],
    [
      'reactions that are no lists',
      { update_id: 1, message_reaction: { chat: { id: 5 }, message_id: 1, date: 1 } },
      ['unsupported message_reaction'],
    ],
    [
      'a reaction that is null',
      {
        update_id: 1,
        message_reaction: {
          chat: { id: 5 },
          message_id: 1,
          old_reaction: [],
          new_reaction: [null],
        },
      },
      ['reaction'],
    ],
    [
      'a press without its person',
      {
        update_id: 1,
        callback_query: { id: '1', data: 'x', message: { message_id: 1, chat: { id: 5 } } },
      },
      ['button'],
    ],
    [
      'a member without status',
      { update_id: 1, my_chat_member: {} },
      ['unsupported my_chat_member'],
    ],
    [
      'a deletion with an odd id',
      { update_id: 1, deleted_business_messages: { chat: { id: 5 }, message_ids: [1, null, 3] } },
      ['message.deleted', 'message.deleted'],
    ],
  ]
  for (const [name, update, kinds] of rows) {
    it(name, () => {
      const told = parse(update).map((event) =>
        event.type === 'unsupported' ? `unsupported ${event.kind}` : event.type,
      )
      assert.deepEqual(told, kinds)
    })
  }

  it('names for the log the fields at fault, and never what stands in them', () => {
    const update = { update_id: 1, message: { message_id: 'PLANTED', chat: { id: 'PLANTED' } } }
    const { unreadable } = connector.parse(update, line, RECEIVED_AT)
    assert.deepEqual(
      unreadable?.map(({ path }) => path),
      ['message'],
    )
    assert.match(unreadable?.[0]?.problem ?? '', /message_id.*chat\.id/)
    assert.ok(!JSON.stringify(unreadable).includes('PLANTED'))
  })

  it('a company that writes /start in its own chat with a customer opens none', () => {
    const message = { message_id: 1, date: 1_767_225_600, chat: { id: 5, type: 'private' } }
    const written = { ...message, business_connection_id: 'b', text: '/start' }
    const kindsOf = (from: object) =>
      parse({ update_id: 1, business_message: { ...written, from } }).map(({ type }) => type)
    assert.deepEqual(kindsOf({ id: 9 }), ['message.new'])
    assert.deepEqual(kindsOf({ id: 5 }), ['chat.started'])
  })

  it('nothing is dated 1970, whatever the date is written in', () => {
    const dates = [0, '', null, 1_767_225_600, '1767225600', 1_767_225_600_000]
    const told = dates.map((date) => parse(messageWith({ text: 'x', date }))[0]?.at)
    const known = 1_767_225_600_000
    assert.deepEqual(told, [RECEIVED_AT, RECEIVED_AT, RECEIVED_AT, known, known, known])
  })
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
