import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readText } from '../../../connectors/botframework/inbound-text.ts'
import { chooseWriting, type TextDialect } from '../../../connectors/botframework/outbound-text.ts'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'
import type { TextActivity } from '../../../src/text/channels/activity.ts'
import { toEntities } from '../../../src/text/channels/telegram-entities.ts'
import { parseTelegramHtml, renderTelegramHtml } from '../../../src/text/channels/telegram-html.ts'
import { readEntities } from '../../../src/text/channels/telegram-reader.ts'
import { readViberText, writeViberText } from '../../../src/text/channels/viber.ts'
import { readVkText } from '../../../src/text/channels/vk-reader.ts'
import { writeVkText } from '../../../src/text/channels/vk-writer.ts'
import { readWhatsAppText, writeWhatsAppText } from '../../../src/text/channels/whatsapp.ts'
import { MAX_DEPTH } from '../../../src/text/depth.ts'
import { processorTimeOf } from '../../helpers/processor-time.ts'

type Read = (source: string) => RichText

function readActivity(activity: (source: string) => TextActivity): Read {
  return (source) => readText(activity(source)).text
}

const READERS: Readonly<Record<string, Read>> = {
  'Teams HTML': readActivity((content) => ({
    channelId: 'msteams',
    attachments: [{ contentType: 'text/html', content }],
  })),
  'Teams text': readActivity((text) => ({ channelId: 'msteams', text })),
  Skype: readActivity((text) => ({ channelId: 'skype', text: `<ss type="smile">:)</ss>${text}` })),
  Slack: readActivity((text) => ({ channelId: 'slack', text })),
  Facebook: readActivity((text) => ({ channelId: 'facebook', text })),
  'Telegram HTML': parseTelegramHtml,
  Viber: readViberText,
  VK: readVkText,
  WhatsApp: readWhatsAppText,
  'Telegram text': (text) => readEntities(text, [{ type: 'bold', offset: 0, length: 1e9 }]),
}

const WRITERS: Readonly<Record<string, (text: RichText) => unknown>> = {
  ...Object.fromEntries(
    (['teams', 'markdown', 'skype', 'slack', 'telegram', 'plain'] as const).map(
      (dialect: TextDialect) => [
        dialect,
        (text: RichText) => chooseWriting(text, dialect).write(text),
      ],
    ),
  ),
  entities: toEntities,
  html: renderTelegramHtml,
  viber: writeViberText,
  whatsapp: writeWhatsAppText,
  vk: writeVkText,
}

/** What an attacker, or a broken client, repeats. */
const UNITS = [
  ...[
    '[',
    ':',
    '<',
    '>',
    '*',
    '_',
    '~',
    '`',
    '```',
    '&',
    '[b]',
    '> ',
    '>>>',
    '(',
    '![',
    '](',
    '\\',
  ],
  ...[
    '<b>',
    '</b>',
    '<at>',
    '<at ',
    '<quote>',
    '<blockquote>',
    '<ss type="x">',
    '<a href="',
    '<!--',
  ],
  ...[
    '<li>',
    '<ol>',
    '<pre>',
    '<td>',
    '<@U1>',
    '<http://a|b>',
    ':smile:',
    'https://a.b/_',
    '[id5|a]',
    '[club5|',
    '@id5 (',
    'a@b.c ',
  ],
  ...['👩\u200d', '\ud83d', '\u0000', '\u202e', '\u00a0', '\n', ' ', 'x', '*a ', '- a\n', '😀'],
]

const SIZE = 256 * 1024
/** What is not slower than cubic takes at most 64 times as long for 4 times the text. */
const PART = 4

/** Asserts that the work on SIZE takes less than `bound` ms; where the work on a part of it proves that already, it isn't done. */
function assertQuick(bound: number, unit: string, make: (source: string) => () => unknown): void {
  const workOn = (size: number): number =>
    processorTimeOf(make(unit.repeat(Math.floor(size / unit.length))))
  if (workOn(SIZE / PART) < bound / PART ** 3) return
  const took = workOn(SIZE)
  assert.ok(took < bound, `${JSON.stringify(unit)} took ${took} ms`)
}

describe('text of the same thing again and again', () => {
  for (const [name, read] of Object.entries(READERS)) {
    it(`is read from ${name} in linear time`, () => {
      for (const unit of UNITS) assertQuick(1500, unit, (source) => () => read(source))
    })
  }

  for (const [name, write] of Object.entries(WRITERS)) {
    it(`is written for ${name} in linear time`, () => {
      for (const unit of UNITS) {
        assertQuick(3000, unit, (source) => {
          const text = [
            { type: 'bold', children: plainText(source) },
            ...plainText(source),
          ] as const
          return () => write(text)
        })
      }
    })
  }
})

describe('tags nested 10 000 deep', () => {
  for (const name of ['Teams HTML', 'Skype', 'Telegram HTML'] as const) {
    for (const tag of ['b', 'blockquote', 'quote', 'pre', 'code', 'div', 'ul', 'li', 'at', 'x']) {
      it(`<${tag}> from ${name} show what they hold, no deeper than ${MAX_DEPTH}`, () => {
        const source = `${`<${tag}>`.repeat(10_000)}inside${`</${tag}>`.repeat(10_000)}after`
        const text = READERS[name]?.(source) ?? []
        assert.match(visibleText(text), /inside[\s\S]*after$/)
        assert.ok(depthOf(text) <= MAX_DEPTH + 2)
      })
    }
  }
})

function depthOf(text: RichText): number {
  return Math.max(0, ...text.map((node) => ('children' in node ? 1 + depthOf(node.children) : 0)))
}

describe('a tree as deep as parsers make it', () => {
  for (const type of ['bold', 'quote', 'spoiler'] as const) {
    const deep = Array.from({ length: MAX_DEPTH }).reduce<RichText>(
      (children) => [{ type, children: [...children, ...plainText('x\n')] }],
      plainText('inside'),
    )
    for (const [name, write] of Object.entries(WRITERS)) {
      it(`of ${type} is written for ${name}`, () => {
        assert.match(JSON.stringify(write(deep)), /inside/)
      })
    }
  }
})

describe('entities that nobody could have sent', () => {
  const text = 'a😀b'
  const cases: readonly (readonly [number, number])[] = [
    [Number.NaN, 1],
    [0, Number.NaN],
    [0.5, 1],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    [-1, 2],
    [2, 1],
    [1, 1],
    [4, 4],
    [2 ** 53, 1],
  ]
  for (const [offset, length] of cases) {
    it(`(${offset}, ${length}) leave the text whole`, () => {
      for (const type of ['bold', 'code', 'text_link', 'text_mention', 'custom_emoji', '']) {
        assert.equal(visibleText(readEntities(text, [{ type, offset, length }])), text)
      }
    })
  }

  it('a thousand over one text, all crossing, leave it whole', () => {
    const value = 'x'.repeat(3000)
    const types = ['bold', 'italic', 'code', 'blockquote', 'spoiler', 'pre']
    const entities = Array.from({ length: 5000 }, (_, index) => ({
      type: types[index % types.length] ?? '',
      offset: index % 2900,
      length: 100,
    }))
    assert.ok(processorTimeOf(() => readEntities(value, entities)) < 2000)
    assert.equal(visibleText(readEntities(value, entities)), value)
  })
})
