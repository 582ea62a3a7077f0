import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type RichText, visibleText } from '../../../src/core/rich-text.ts'
import { readViberText, writeViberText } from '../../../src/text/channels/viber.ts'
import { readViberEmoticons } from '../../../src/text/channels/viber-emoticons.ts'
import { readVkText } from '../../../src/text/channels/vk-reader.ts'
import { withoutMarks, writeVkText } from '../../../src/text/channels/vk-writer.ts'
import { readWhatsAppText, writeWhatsAppText } from '../../../src/text/channels/whatsapp.ts'
import { parseText, renderText } from '../../../src/text/format.ts'
import { nastyString, richTextArbitrary } from '../../helpers/rich-text.ts'

const NAMES = { text: 'bbcode', emoji: 'shortname' } as const
const MARKS = ['[id55|Ann]', '[club7|', '@id5 (x)', '[https://vk.com/a|b]', '(smiley)', '(V)', ':)']
const piece = fc.oneof(nastyString({ hasHalves: false }), fc.constantFrom(...MARKS))
const typed = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(' '))
const tree = richTextArbitrary({
  text: typed.map((value) => value.replace(/[\r@]/g, '')),
  id: fc.constantFrom('55', '-7'),
})

interface Channel {
  read(value: string): RichText
  /** What a client would show of what was sent. */
  echo(text: RichText): RichText
}

const CHANNELS: Readonly<Record<string, Channel>> = {
  // A typed smiley may be drawn; a typed code must not be.
  Viber: { read: readViberText, echo: (text) => readViberEmoticons(writeViberText(text)) },
  WhatsApp: { read: readWhatsAppText, echo: (text) => readWhatsAppText(writeWhatsAppText(text)) },
  VK: {
    read: readVkText,
    echo(text) {
      const { message, items } = writeVkText(text)
      return readVkText(message, { items: items.map((item) => ({ ...item })) })
    },
  },
}

/** What is to be seen, but for white space, what no eye sees, and signs that stand for marks. */
function ink(text: RichText): string {
  return visibleText(text)
    .replaceAll('\ufe0f', '')
    .replaceAll('\u02cb', '`')
    .replace(/[\s\p{Cc}\u200b\u00ad\u2028\u2029\ufeff\ufffd>@]/gu, '')
}

function isWithin(part: string, whole: string): boolean {
  let at = 0
  for (const sign of part) {
    at = whole.indexOf(sign, at)
    if (at < 0) return false
    at += sign.length
  }
  return true
}

for (const [name, { read, echo }] of Object.entries(CHANNELS)) {
  describe(`${name}: any text`, () => {
    it('reaches the portal as it was seen, and comes back the same', () => {
      fc.assert(
        fc.property(typed, (value) => {
          const text = read(value)
          const received = parseText(renderText(text, NAMES), NAMES)
          assert.equal(visibleText(received), visibleText(text))
          assert.ok(isWithin(ink(text), ink(echo(received))), JSON.stringify(ink(echo(received))))
        }),
        { numRuns: 1000 },
      )
    })

    it('from the portal loses nothing that is to be seen', () => {
      fc.assert(
        fc.property(tree, (text) => {
          const [given, shown] = [ink(text).replace(/[[\]|]/g, ''), ink(echo(text))]
          assert.ok(isWithin(given, shown), `${JSON.stringify(given)}\n${JSON.stringify(shown)}`)
        }),
        { numRuns: 1000 },
      )
    })
  })
}

describe('VK: the marks of any text', () => {
  it('lie within it, the outer one first', () => {
    fc.assert(
      fc.property(tree, (text) => {
        const { message, items } = writeVkText(text)
        for (const [index, { offset, length }] of items.entries()) {
          assert.ok(offset >= 0 && length > 0 && offset + length <= message.length)
          assert.ok(offset >= (items[index - 1]?.offset ?? 0))
        }
        assert.ok(isWithin(message, withoutMarks(message, items)))
      }),
      { numRuns: 1000 },
    )
  })
})
