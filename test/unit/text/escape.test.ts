import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeText, emojiTables } from '../../../src/text/emoji.ts'
import { type EscapeRules, TextWriter } from '../../../src/text/escape.ts'

const NAMES: EscapeRules = { hasNames: true, hasEscapes: true }
const UNICODE: EscapeRules = { hasNames: false, hasEscapes: true }

function encode(value: string, rules: EscapeRules): string {
  const writer = new TextWriter(rules)
  writer.text(value)
  return writer.finish()
}

/** Few signs, so that random strings are full of names, escapes and halves of either. */
const alphabets: Record<string, string[]> = {
  'colons and names': [':', ':', 'smile', 'a', 'joy', 'thumbsup', '_tone3', '+1', '-', 'ñ', ' '],
  escapes: ['&', '#', '5', '8', ';', '9', '1', 'amp', '&#58;', '&amp;', '&#91;', ':', 'a', '['],
  'brackets and names': ['[', ']', 'b', '/', ':smile:', '&#91;', ':', 'url='],
  'emoji and names': ['😀', '👍', '🏽', '❤', '\uFE0F', '\u200D', '👩', ':', 'smile', '1', '\u20E3'],
  flags: ['🇩', '🇪', '🇦', ':', 'flag_de', 'de', '🏴', '\u{E0067}', '\u{E007F}'],
  'broken characters': ['\ud83d', '\ude00', '\ud83c', '\udffd', '\0', '\u202E', ':', 'a', '&amp;'],
}
const strings = [
  ...Object.entries(alphabets).map(
    ([title, signs]) => [title, fc.string({ unit: fc.constantFrom(...signs) })] as const,
  ),
  ['any characters at all', fc.string({ unit: 'binary', maxLength: 40 })] as const,
]

describe('escaped text', () => {
  for (const [title, string] of strings) {
    it(`of ${title} reads as it was typed`, () => {
      fc.assert(
        fc.property(string, (value) => {
          assert.equal(decodeText(encode(value, NAMES), true), value)
          assert.equal(decodeText(encode(value, UNICODE), false), value)
        }),
        { numRuns: 1000 },
      )
    })

    it(`of ${title} is the same when read and written again`, () => {
      fc.assert(
        fc.property(string, (value) => {
          const once = encode(value, NAMES)
          assert.equal(encode(decodeText(once, true), NAMES), once)
        }),
      )
    })

    it(`of ${title} has only the names of its emoji in it`, () => {
      const { unicodeByName } = emojiTables()
      fc.assert(
        fc.property(string, (value) => {
          const words = encode(value.replaceAll(/[^\0-\x7fñ]/g, ''), NAMES).split(':')
          for (const word of words.slice(1, -1)) assert.ok(!unicodeByName.has(word), word)
        }),
      )
    })
  }

  it('of any pieces reads as their sum', () => {
    const emoji = fc.constantFrom('😀', '❤', 'no emoji', '👍🏽', ':a:')
    const piece = fc.oneof(
      fc.record({ text: fc.constantFrom(...Object.values(alphabets).flat()) }),
      fc.record({ emoji }),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const writer = new TextWriter(NAMES)
        let typed = ''
        for (const part of pieces) {
          if ('text' in part) writer.text(part.text)
          else writer.emoji(part.emoji)
          typed += 'text' in part ? part.text : part.emoji
        }
        const read = decodeText(writer.finish(), true)
        assert.equal(read.replaceAll('\uFE0F', ''), typed.replaceAll('\uFE0F', ''))
      }),
      { numRuns: 1000 },
    )
  })

  const cases: [typed: string, written: string][] = [
    [':smile:', '&#58;smile:'],
    [':smile:grin:joy:', '&#58;smile&#58;grin&#58;joy:'],
    [':nosuchthing:joy:', ':nosuchthing&#58;joy:'],
    ['::::', '::::'],
    [':Smile: :smile : smile:', ':Smile: :smile : smile:'],
    ['10:30:45 a:b', '10:30:45 a:b'],
    ['1:100:2', '1&#58;100:2'],
    [':a', ':a'],
    [':flag_de: :de: :thumbsup_tone3:', '&#58;flag_de: &#58;de: &#58;thumbsup_tone3:'],
    [':smile😀joy:', '&#58;smile:grinning:joy:'],
    [':a😀', '&#58;a:grinning:'],
    ['&#58;smile:', '&amp;#58;smile:'],
    ['&amp;#58;', '&amp;amp;#58;'],
    ['&lt; &#59; & &am', '&lt; &#59; & &am'],
    [`:${'a'.repeat(100)}:joy:`, `:${'a'.repeat(100)}&#58;joy:`],
  ]
  for (const [typed, written] of cases) {
    it(`${typed.slice(0, 40)} is written ${written.slice(0, 40)}`, () => {
      assert.equal(encode(typed, NAMES), written)
      assert.equal(decodeText(written, true), typed)
    })
  }

  it('keeps names that were put there, whatever is typed around', () => {
    const writer = new TextWriter(NAMES)
    writer.text(':smile')
    writer.emoji('😀')
    writer.text('joy:')
    writer.markup('<b>')
    writer.text(':joy')
    writer.markup('</b>')
    writer.text(':')
    assert.equal(writer.finish(), '&#58;smile:grinning:joy:<b>:joy</b>:')
  })

  it('escapes typed markup, not the names', () => {
    const rules: EscapeRules = { ...NAMES, markup: /[_:&]/g, markupEscape: (sign) => `\\${sign}` }
    const writer = new TextWriter(rules)
    writer.text('a_b &amp; : :joy: ')
    writer.emoji('👍🏽')
    writer.text('_')
    assert.equal(writer.finish(), 'a\\_b \\&amp; \\: &#58;joy\\: :thumbsup_tone3:\\_')
  })
})

describe('1 MiB', () => {
  const units = [
    ...[':', ':a', ':x', ':a:', ':joy', ':joy:', '&', '&#58;', '&#58', '&amp;', '1', '1\uFE0F'],
    ...['1️⃣', '#', '🇩', '🇩🇪', '😀', '😀\u200D', '👩‍👩‍👧', '\u200D', '\uFE0F', '❤', '❤️', '👍🏽'],
    ...['🏴\u{E0067}', '\u{E0067}', 'я', '№', '©', '😀:', ':smile😀', '\ud83d', '[', 'word '],
  ]
  for (const unit of units) {
    it(`of ${JSON.stringify(unit)} is written and read in linear time`, () => {
      const size = 1024 * 1024
      const value = unit.repeat(Math.ceil(size / unit.length))
      const startedAt = performance.now()
      const written = encode(value, NAMES)
      // Not assert.equal: it would take hours to show how two such strings differ.
      assert.ok(decodeText(written, true) === value)
      // 20 to 100 ms here; a quadratic step takes minutes.
      assert.ok(performance.now() - startedAt < 2000)
    })
  }
})
