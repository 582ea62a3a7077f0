import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { planEdit, planMessage } from '../../../connectors/telegram/outbound.ts'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'
import { toEntities } from '../../../src/text/channels/telegram-entities.ts'
import { readEntities } from '../../../src/text/channels/telegram-reader.ts'

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
      { type: 'text', value: '\n' },
      { type: 'quote', children: [{ type: 'spoiler', children: plainText('q') }] },
    ]
    const { text: sent, entities } = toEntities(text)
    assert.deepEqual(entities[0], { type: 'bold', offset: 3, length: 1 })
    assert.deepEqual(readEntities(sent, entities), text)
  })

  it('what Telegram can not link is written out', () => {
    const text: RichText = [{ type: 'link', href: 'mailto:a@b.c', children: plainText('write') }]
    assert.deepEqual(toEntities(text), { text: 'write (a@b.c)', entities: [] })
  })

  it('unpaired surrogates become U+FFFD', () => {
    assert.equal(toEntities(plainText('a\ud83db')).text, 'a\ufffdb')
  })

  it('is split within the limit, formatting closed and opened again', () => {
    const text: RichText = [{ type: 'bold', children: plainText('word '.repeat(2000).trim()) }]
    const parts = plan({ text }).map(([, params]) => params)
    assert.equal(parts.length, 3)
    for (const { text: part, entities } of parts) {
      assert.ok(String(part).length <= 4096)
      assert.match(String(part), /^word( word)*$/)
      assert.deepEqual(entities, [{ type: 'bold', offset: 0, length: String(part).length }])
    }
  })

  it('with more than 100 entities is split, since Telegram takes no more', () => {
    const text = Array.from(
      { length: 250 },
      (_, index): RichText => [
        { type: 'bold', children: plainText(`b${index}`) },
        ...plainText('\n'),
      ],
    ).flat()
    const parts = plan({ text }).map(([, params]) => params as { entities: unknown[] })
    assert.ok(parts.length >= 3)
    for (const { entities } of parts) assert.ok(entities.length <= 100)
    assert.equal(parts.flatMap(({ entities }) => entities).length, 250)
  })

  it('keeps to what Telegram allows together', () => {
    const code: RichText = [{ type: 'code', value: 'c' }]
    const cases: [name: string, text: RichText, expected: object][] = [
      [
        'code parts what is bold around it',
        [{ type: 'bold', children: [...plainText('a'), ...code, ...plainText('b')] }],
        {
          text: 'acb',
          entities: [
            { type: 'bold', offset: 0, length: 1 },
            { type: 'code', offset: 1, length: 1 },
            { type: 'bold', offset: 2, length: 1 },
          ],
        },
      ],
      [
        'quotes do not nest',
        [{ type: 'quote', children: [{ type: 'quote', children: plainText('q') }] }],
        { text: 'q', entities: [{ type: 'blockquote', offset: 0, length: 1 }] },
      ],
      [
        'a quote stands on lines of its own',
        [...plainText('a'), { type: 'quote', children: plainText('q') }, ...plainText('b')],
        { text: 'a\nq\nb', entities: [{ type: 'blockquote', offset: 2, length: 1 }] },
      ],
      [
        'a link in a mention says its address',
        [
          {
            type: 'mention',
            id: '7',
            children: [{ type: 'link', href: 'https://a.b/', children: plainText('x') }],
          },
        ],
        {
          text: 'x (https://a.b/)',
          entities: [
            {
              type: 'text_mention',
              offset: 0,
              length: 16,
              user: { id: 7, is_bot: false, first_name: 'x' },
            },
          ],
        },
      ],
    ]
    for (const [name, text, expected] of cases) assert.deepEqual(toEntities(text), expected, name)
  })

  it('visible text survives for any entities', () => {
    const entity = fc.record({
      type: fc.constantFrom('bold', 'code', 'italic', 'custom_emoji', 'blockquote', 'url'),
      offset: fc.integer({ min: -2, max: 14 }),
      length: fc.integer({ min: -2, max: 14 }),
    })
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), fc.array(entity), (text, list) => {
        assert.equal(visibleText(readEntities(text, list)), text)
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

describe('the plan of an edit', () => {
  const edit = (message: OutboundMessage) => planEdit(message, '7', { chatId: '55' })

  it('replaces the text, or the caption if the message has one', () => {
    const [call, ...others] = edit({ text: [{ type: 'bold', children: plainText('x') }] })
    assert.deepEqual(others, [])
    const entities = [{ type: 'bold', offset: 0, length: 1 }]
    assert.deepEqual(call, {
      method: 'editMessageText',
      params: { chat_id: 55, message_id: 7, text: 'x', entities },
      instead: {
        method: 'editMessageCaption',
        params: { chat_id: 55, message_id: 7, caption: 'x', caption_entities: entities },
      },
    })
  })

  it('sends what does not fit into one message as answers to it', () => {
    const calls = edit({ text: plainText('word '.repeat(2000).trim()) })
    assert.deepEqual(
      calls.map(({ method }) => method),
      ['editMessageText', 'sendMessage', 'sendMessage'],
    )
    const [first, second] = calls
    assert.equal(first?.instead, undefined)
    assert.deepEqual(second?.params['reply_parameters'], {
      message_id: 7,
      allow_sending_without_reply: true,
    })
    const words = calls.map(({ params }) => String(params['text'])).join(' ')
    assert.equal(words, 'word '.repeat(2000).trim())
  })

  it('to nothing is none', () => assert.deepEqual(edit({ text: plainText(' \n') }), []))
})
