import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { planMessage } from '../../../connectors/telegram/outbound.ts'
import { splitText, toEntities, toRichText } from '../../../connectors/telegram/text.ts'
import type { TelegramEntity } from '../../../connectors/telegram/types.ts'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'

function plan(message: OutboundMessage): [method: string, params: Record<string, unknown>][] {
  return planMessage(message, { chatId: '55' }).map(({ method, params }) => {
    const { chat_id: chatId, ...rest } = params
    assert.equal(chatId, 55)
    return [method, rest]
  })
}

describe('text with entities', () => {
  it('goes out and comes back the same', () => {
    const text: RichText = [
      { type: 'text', value: '👋 ' },
      { type: 'bold', children: [{ type: 'italic', children: plainText('x') }] },
      { type: 'pre', value: 'a\nb', language: 'ts' },
      { type: 'link', href: 'https://a.b/', children: plainText('here') },
      { type: 'mention', id: '77', children: plainText('Bob') },
      { type: 'quote', children: [{ type: 'spoiler', children: plainText('q') }] },
    ]
    const { text: sent, entities } = toEntities(text)
    assert.deepEqual(entities[0], { type: 'bold', offset: 3, length: 1 })
    assert.deepEqual(
      toRichText(sent, entities.map((entity) => ({ ...entity })) as TelegramEntity[]),
      text,
    )
  })

  it('what Telegram can not link is written out', () => {
    const text: RichText = [{ type: 'link', href: 'mailto:a@b.c', children: plainText('write') }]
    assert.deepEqual(toEntities(text), { text: 'write (a@b.c)', entities: [] })
  })

  it('unpaired surrogates become U+FFFD', () => {
    assert.equal(toEntities(plainText('a\ud83db')).text, 'a\ufffdb')
  })

  it('any text is split within the limit, in order, without breaking a pair or losing a character', () => {
    const strings = fc.array(fc.constantFrom('👋', 'ab', ' ', '\n', 'c'), { maxLength: 200 })
    fc.assert(
      fc.property(strings, fc.integer({ min: 4, max: 40 }), (units, limit) => {
        const text = units.join('')
        const whole = [{ type: 'bold', offset: 0, length: text.length }]
        const parts = splitText({ text, entities: text === '' ? [] : whole }, limit)
        for (const part of parts) {
          assert.ok(part.text.length <= limit && part.text.isWellFormed())
          assert.deepEqual(part.entities, [{ type: 'bold', offset: 0, length: part.text.length }])
        }
        const seen = parts.map((part) => part.text).join('')
        assert.equal(seen.replace(/\s/g, ''), text.replace(/\s/g, ''))
      }),
    )
  })

  it('a cut falls at a line end before a word end', () => {
    const parts = splitText({ text: 'one two\nthree four', entities: [] }, 12)
    assert.deepEqual(
      parts.map((part) => part.text),
      ['one two', 'three four'],
    )
    const words = splitText({ text: 'one two three four', entities: [] }, 12)
    assert.deepEqual(
      words.map((part) => part.text),
      ['one two', 'three four'],
    )
  })

  it('visible text survives for any entities', () => {
    const entity = fc.record({
      type: fc.constantFrom('bold', 'code', 'italic', 'custom_emoji', 'blockquote', 'url'),
      offset: fc.integer({ min: -2, max: 14 }),
      length: fc.integer({ min: -2, max: 14 }),
    })
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), fc.array(entity), (text, list) => {
        assert.equal(visibleText(toRichText(text, list)), text)
      }),
    )
  })
})

describe('the plan of a message', () => {
  const url = 'https://f.example/a.pdf'

  it('text alone', () => {
    assert.deepEqual(plan({ text: plainText('hi'), replyTo: { id: '7' } }), [
      [
        'sendMessage',
        { text: 'hi', reply_parameters: { message_id: 7, allow_sending_without_reply: true } },
      ],
    ])
  })

  it('long text in parts, the reply on the first and the buttons on the last', () => {
    const text = plainText('x'.repeat(5000))
    const calls = plan({ text, replyTo: { id: '7' }, buttons: [[{ text: 'Ok', payload: 'p' }]] })
    assert.deepEqual(
      calls.map(([, params]) => Object.keys(params)),
      [
        ['reply_parameters', 'text'],
        ['reply_markup', 'text'],
      ],
    )
  })

  it('a short text is the caption of the only file, a long one goes first', () => {
    assert.deepEqual(plan({ text: plainText('see'), files: [{ url }] }), [
      ['sendDocument', { document: url, caption: 'see' }],
    ])
    const long = plan({ text: plainText('x'.repeat(1025)), files: [{ url }] })
    assert.deepEqual(
      long.map(([method]) => method),
      ['sendMessage', 'sendDocument'],
    )
    const two = plan({ text: plainText('see'), files: [{ url }, { url, kind: 'image' }] })
    assert.deepEqual(
      two.map(([method]) => method),
      ['sendMessage', 'sendDocument', 'sendPhoto'],
    )
  })

  it('files by kind, or by their extension', () => {
    const names = ['a.jpg', 'a.mp4', 'a.mp3', 'a.ogg', 'a.zip', 'noextension']
    const files = [
      ...names.map((name) => ({ url: `https://f.example/${name}?x=.png` })),
      { url, kind: 'voice' as const },
    ]
    assert.deepEqual(
      plan({ files }).map(([method]) => method),
      [
        'sendPhoto',
        'sendVideo',
        'sendAudio',
        'sendVoice',
        'sendDocument',
        'sendDocument',
        'sendVoice',
      ],
    )
  })

  it('buttons that Telegram can not carry become a numbered list', () => {
    const buttons = [
      [
        { text: 'Yes', payload: 'y' },
        { text: 'Long', payload: 'ё'.repeat(33) },
      ],
      [
        { text: 'Call', url: 'tel:+7900' },
        { text: 'Site', url: 'https://a.b' },
      ],
      [{ text: 'Plain' }],
    ]
    assert.deepEqual(plan({ text: plainText('Choose'), buttons }), [
      [
        'sendMessage',
        {
          text: 'Choose\n1. Long\n2. Call – tel:+7900',
          reply_markup: {
            inline_keyboard: [
              [{ text: 'Yes', callback_data: 'y' }],
              [{ text: 'Site', url: 'https://a.b' }],
              [{ text: 'Plain', callback_data: 'Plain' }],
            ],
          },
        },
      ],
    ])
  })

  it('places and contacts', () => {
    const point = { latitude: 1, longitude: 2 }
    assert.deepEqual(plan({ location: point, contact: { name: 'Bob', phone: '+7' } }), [
      ['sendLocation', point],
      ['sendContact', { phone_number: '+7', first_name: 'Bob' }],
    ])
    const venue = { ...point, title: 'Café', address: 'Nevsky 1' }
    assert.deepEqual(plan({ location: venue, contact: { name: 'Bob' } }), [
      ['sendVenue', venue],
      ['sendMessage', { text: 'Bob' }],
    ])
  })

  it('nothing, or only white space, is nothing', () => {
    assert.deepEqual(plan({}), [])
    assert.deepEqual(plan({ text: plainText(' \n ') }), [])
    assert.deepEqual(plan({ buttons: [[]] }), [])
  })

  it('a name or an id beyond safe integers stays text', () => {
    for (const chatId of ['@news', '99999999999999999999']) {
      const [call] = planMessage({ text: plainText('x') }, { chatId })
      assert.equal(call?.params['chat_id'], chatId)
    }
  })
})
