import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readUpdate } from '../../../connectors/whatsapp/inbound.ts'
import { parseSettings } from '../../../connectors/whatsapp/settings.ts'
import { BadUpdateError } from '../../../src/core/errors.ts'
import {
  ANN,
  changeOf,
  messageFrom,
  statusTo,
  textOf,
  updateFromAnn,
  updateOf,
} from '../../fakes/whatsapp-updates.ts'
import { NUMBER, whatsappSettings } from '../../helpers/whatsapp-kit.ts'

const DESK = { ...NUMBER, display: '+250 788 123 200' }
const OTHER = { ...DESK, id: '999' }
const AT = 1_767_225_700_000
const CLOUD = { settings: parseSettings(whatsappSettings('whatsapp.cloud'), 'cloud') }
const KEY_LINE = {
  settings: parseSettings(whatsappSettings('whatsapp.360dialog'), '360dialog'),
  identity: 'key:0123456789abcdef0123456789abcdef',
}
const NUMBER_LINE = { ...KEY_LINE, identity: NUMBER.id }

type Known = Parameters<typeof readUpdate>[1]

function parse(update: unknown, line: Known = CLOUD) {
  return readUpdate(update, line, AT).parsed
}

describe('an update', () => {
  it('is known by its message, however it is gathered and whatever else it says', () => {
    const { key } = parse(updateFromAnn(DESK, 'wamid.1'))
    const alone = updateOf(
      changeOf(DESK, { messages: [messageFrom({ wa_id: '1' }, 'wamid.1', textOf('x'))] }),
    )
    assert.equal(parse(alone).key, key)
    assert.notEqual(parse(updateFromAnn(DESK, 'wamid.2')).key, key)
  })

  it('of a status is known by message and status', () => {
    const keys = ['sent', 'delivered', 'read'].map(
      (one) => parse(statusTo(DESK, 'wamid.1', one)).key,
    )
    assert.equal(new Set(keys).size, 3)
    assert.equal(parse(statusTo(DESK, 'wamid.1', 'read', { timestamp: '1' })).key, keys[2])
  })

  it('may be repeated for a week', () => {
    assert.equal(parse(updateFromAnn(DESK, 'wamid.1')).repeatsForMs, 7 * 24 * 3600 * 1000)
  })

  it('with ids of any length has a key that fits', () => {
    const { key, events } = parse(updateFromAnn(DESK, `wamid.${'x'.repeat(5000)}`))
    assert.ok(key.length <= 512)
    assert.equal(events.length, 1)
  })

  it('of another number holds nothing, whoever it is for', () => {
    const foreign = updateFromAnn(OTHER, 'wamid.1')
    for (const line of [CLOUD, NUMBER_LINE]) {
      const { events, ignored, identity } = parse(foreign, line)
      assert.deepEqual([events, ignored, identity], [[], 'nothing of this number', undefined])
    }
  })

  it("tells a key's line which number it is, once and for one number alone", () => {
    const update = updateFromAnn(DESK, 'wamid.1')
    assert.equal(parse(update, KEY_LINE).identity, NUMBER.id)
    assert.equal(parse(update, { settings: KEY_LINE.settings }).identity, NUMBER.id)
    assert.equal(parse(update, NUMBER_LINE).identity, undefined)
    assert.equal(parse(update, CLOUD).identity, undefined)
    const both = updateOf(
      ...[DESK, OTHER].map((one) =>
        changeOf(one, { contacts: [ANN], messages: [messageFrom(ANN, one.id, textOf('x'))] }),
      ),
    )
    const { identity, events } = parse(both, KEY_LINE)
    assert.deepEqual([identity, events.length], [NUMBER.id, 1])
  })

  it('remembers how to write to the chat, and the message that can be marked as read', () => {
    assert.deepEqual(parse(updateFromAnn(DESK, 'wamid.1')).conversations, [
      {
        chatId: ANN.user_id,
        context: { to: ANN.wa_id, recipient: ANN.user_id, lastMessageId: 'wamid.1' },
      },
    ])
  })

  it('that a person has written elsewhere for the company changes nothing of that', () => {
    const echo = { to: ANN.wa_id, id: 'wamid.E', timestamp: '1', ...textOf('x') }
    const update = updateOf(changeOf(DESK, { message_echoes: [echo] }, 'smb_message_echoes'))
    const { conversations, afterSendsTo } = parse(update)
    assert.deepEqual([conversations, afterSendsTo], [undefined, [ANN.wa_id]])
  })

  it('of a new number or id is how the chat is written to from then on', () => {
    const told = (system: object) =>
      parse(
        updateOf(
          changeOf(DESK, { messages: [messageFrom(ANN, 'wamid.S', { type: 'system', system })] }),
        ),
      ).conversations
    const chatId = ANN.user_id
    const { wa_id: to, user_id: recipient } = ANN
    assert.deepEqual(told({ type: 'user_changed_number', wa_id: '7999' }), [
      { chatId, context: { to: '7999', recipient } },
    ])
    assert.deepEqual(told({ type: 'user_changed_user_id', user_id: 'RU.9y' }), [
      { chatId, context: { to, recipient: 'RU.9y' } },
    ])
    assert.equal(told({ type: 'customer_identity_changed' }), undefined)
  })

  it("of a status has the chat of the person's messages, whatever Meta tells of them", () => {
    const chat = { id: ANN.user_id, kind: 'private' }
    const bare = { recipient_user_id: undefined }
    const own = { biz_opaque_callback_data: 'out_1/1' }
    const template = { ...bare, biz_opaque_callback_data: `chat:${ANN.user_id}` }
    const anothers = { biz_opaque_callback_data: 'order;17' }
    for (const more of [{}, own, template, anothers]) {
      const { events, afterSendsTo } = parse(statusTo(DESK, 'wamid.1', 'failed', more))
      const [event] = events
      assert.ok(event?.type === 'message.status')
      // What names its message waits for no send.
      const waitsFor = more === own ? undefined : [chat.id]
      assert.deepEqual([event.chat, afterSendsTo], [chat, waitsFor])
    }
    // The hub finds the message by its reference, and with it the chat.
    const [failed] = parse(statusTo(DESK, 'wamid.1', 'failed', { ...bare, ...own })).events
    assert.ok(failed?.type === 'message.status')
    assert.deepEqual([failed.chat.id, failed.reference], [ANN.wa_id, { out: 'out_1', part: 1 }])
  })
})

describe('an item that cannot be read', () => {
  const items: [list: string, item: unknown, kind: string][] = [
    ['messages', 7, 'messages'],
    ['messages', { type: 'text', text: { body: 'no id' } }, 'text'],
    ['messages', { from: ANN.wa_id, text: { body: 'no id' } }, 'text'],
    ['message_echoes', null, 'message_echoes'],
    ['statuses', { id: 'x' }, 'statuses'],
    ['statuses', { status: 'read' }, 'statuses'],
  ]

  it('is unsupported, is named for the log without its words, and costs no other anything', () => {
    for (const [list, item, kind] of items) {
      const good = messageFrom(ANN, 'wamid.1', textOf('good'))
      const update = updateOf(
        changeOf(
          DESK,
          list === 'messages' ? { messages: [item, good] } : { [list]: [item], messages: [good] },
        ),
      )
      const { events, unreadable = [] } = parse(update)
      const told = events.map((event) => (event.type === 'unsupported' ? event.kind : event.type))
      assert.deepEqual(told.sort(), ['message.new', kind].sort(), JSON.stringify(item))
      assert.equal(unreadable.length, 1)
      assert.doesNotMatch(JSON.stringify(unreadable), /no id"/)
    }
  })

  it('is a message all the same without its type, if it says something', () => {
    const said = { from: ANN.wa_id, id: 'wamid.1', text: { body: 'Hi' } }
    const { events } = parse(updateOf(changeOf(DESK, { messages: [said] })))
    assert.equal(events[0]?.type, 'message.new')
  })
})

describe('a person', () => {
  const chatsOf = (...messages: object[]): (string | undefined)[] =>
    parse(updateOf(changeOf(DESK, { messages }))).events.map((event) => event.chat?.id)

  it('has one chat, whichever of its spellings a number comes in', () => {
    const spellings = [
      ['551187654321', '5511987654321'],
      ['525512345678', '5215512345678'],
      ['541112345678', '5491112345678'],
    ]
    for (const both of spellings) {
      const chats = chatsOf(...both.map((from) => messageFrom({ wa_id: from }, from, textOf('x'))))
      assert.equal(chats.length, 2)
      assert.equal(new Set(chats).size, 1, both.join())
    }
  })

  it('is written to by the spelling that came', () => {
    const { conversations } = parse(
      updateOf(
        changeOf(DESK, { messages: [messageFrom({ wa_id: '551187654321' }, 'w', textOf('x'))] }),
      ),
    )
    assert.deepEqual(
      conversations?.map(({ context }) => context['to']),
      ['551187654321'],
    )
  })

  it("keeps other countries' numbers apart", () => {
    const numbers = ['79001112233', '15557654321', '551133334444', '542214567890123']
    assert.deepEqual(
      chatsOf(...numbers.map((from) => messageFrom({ wa_id: from }, from, textOf('x')))),
      numbers,
    )
  })
})

describe('what is no webhook of WhatsApp', () => {
  it('is a BadUpdateError', () => {
    const bodies = [
      null,
      [],
      7,
      {},
      { object: 'whatsapp_business_account', entry: {} },
      { object: 'whatsapp_business_account', entry: [7] },
    ]
    for (const body of bodies)
      assert.throws(() => parse(body), BadUpdateError, JSON.stringify(body))
  })

  it('is never anything worse, whatever stands where', () => {
    const junk = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        null,
        '__proto__',
        'constructor',
        { __proto__: null },
        [[]],
        1e308,
        '9'.repeat(600),
      ),
    )
    const types = [
      'text',
      'image',
      'location',
      'contacts',
      'interactive',
      'button',
      'reaction',
      'order',
      'system',
      'edit',
      'revoke',
      'toString',
    ]
    const message = fc.record(
      {
        id: fc.oneof(fc.string(), junk),
        type: fc.oneof(fc.constantFrom(...types), junk),
        from: junk,
        from_user_id: junk,
        timestamp: junk,
        context: junk,
        referral: junk,
        errors: junk,
        group_id: junk,
        ...Object.fromEntries(types.map((type) => [type, junk])),
      },
      { requiredKeys: ['id', 'type'] },
    )
    const value = fc.record(
      {
        metadata: junk,
        contacts: fc.oneof(junk, fc.array(junk)),
        messages: fc.array(fc.oneof(message, junk)),
        statuses: fc.oneof(fc.array(message), junk),
        message_echoes: fc.array(message),
        errors: junk,
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(value, fc.oneof(fc.constant('messages'), junk), (given, field) => {
        const body = {
          object: 'whatsapp_business_account',
          entry: [{ id: '1', changes: [{ field, value: given }] }],
        }
        try {
          const { key } = parse(JSON.parse(JSON.stringify(body)), KEY_LINE)
          assert.ok(key.length > 0 && key.length <= 512)
        } catch (error) {
          assert.ok(error instanceof BadUpdateError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('news of the account', () => {
  it('go to the log, those of templates only when one is lost', () => {
    const news = (field: string, value: object) =>
      readUpdate(
        { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field, value }] }] },
        CLOUD,
        AT,
      ).notices
    const template = 'message_template_status_update'
    assert.deepEqual(news('account_update', { event: 'DISABLED_UPDATE' }), [
      { field: 'account_update', name: 'DISABLED_UPDATE' },
    ])
    assert.deepEqual(news(template, { event: 'APPROVED' }), [])
    assert.deepEqual(news(template, { event: 'PAUSED' }), [{ field: template, name: 'PAUSED' }])
  })
})
