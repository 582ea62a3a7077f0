import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainText } from '../../../src/core/rich-text.ts'
import { decodeText, emojiByName, emojiTables, nameOfEmoji } from '../../../src/text/emoji.ts'
import { NamedText } from '../../../src/text/emoji-runs.ts'
import { parseText, renderEmoji, renderText } from '../../../src/text/format.ts'
import { splitTones, withTones } from '../../../src/text/skin-tones.ts'

const NAMES = { text: 'bbcode', emoji: 'shortname' } as const
const all = [...emojiTables().nameByUnicode]
const VARIATION = '\uFE0F'

function named(value: string): string {
  return renderText(plainText(value), NAMES)
}

function roundTrip(value: string): void {
  assert.deepEqual(parseText(named(value), NAMES), plainText(value))
}

/** Every way to leave U+FE0F out: what Unicode calls minimally qualified and unqualified. */
function lesserForms(emoji: string): string[] {
  const parts = emoji.split(VARIATION)
  const count = 2 ** (parts.length - 1) - 1
  return Array.from({ length: count }, (_, mask) =>
    parts.reduce((form, part, index) => form + ((mask >> (index - 1)) & 1 ? VARIATION : '') + part),
  )
}

describe('every emoji of the table', () => {
  it('is one of Unicode 17, but for digits, signs and flag letters alone', () => {
    const others = all.filter(([emoji]) => !/^\p{RGI_Emoji}$/v.test(emoji))
    const kinds = others.map(([emoji]) => /^(?:[0-9#*]\uFE0F|\p{RI})$/u.test(emoji))
    assert.equal(all.length, 3991)
    assert.deepEqual(kinds, Array(12 + 26).fill(true))
  })

  it('becomes its short name and comes back', () => {
    for (const [emoji, name] of all) {
      assert.equal(named(emoji), name)
      roundTrip(emoji)
    }
  })

  it('becomes its short name inside a text and next to another', () => {
    for (const [emoji, name] of all) {
      assert.equal(named(`ab ${emoji}, c`), `ab ${name}, c`)
      const isFlagLetter = /\p{RI}$/u.test(emoji)
      assert.equal(named(`${emoji}😀`), `${name}:grinning:`)
      if (!isFlagLetter) assert.equal(named(emoji + emoji), name + name)
      roundTrip(`${emoji}${emoji}:${emoji}1`)
    }
  })

  it('is what every one of its names and alternates reads as', () => {
    const byUnicode = new Map<string, number>()
    for (const [name, emoji] of emojiTables().unicodeByName) {
      assert.equal(decodeText(`:${name}:`, true), emoji)
      assert.equal(emojiByName(name), emoji)
      byUnicode.set(emoji, (byUnicode.get(emoji) ?? 0) + 1)
    }
    assert.equal(byUnicode.size, all.length)
    assert.equal(emojiTables().unicodeByName.size, 6548)
  })

  it('keeps each lesser form as it was written, whole', () => {
    for (const [emoji] of all) {
      for (const form of lesserForms(emoji)) {
        assert.equal(named(`x${form}x`), `x${form}x`)
        roundTrip(form)
      }
    }
  })

  it('is named in each form where the channel declares it an emoji', () => {
    for (const [emoji, name] of all) {
      if (/^[0-9#*]\uFE0F$/.test(emoji)) continue
      for (const form of [emoji, ...lesserForms(emoji), `${emoji}${VARIATION}`]) {
        assert.equal(nameOfEmoji(form), name)
        assert.equal(renderEmoji(form, NAMES), name)
        assert.equal(renderText([{ type: 'emoji', value: form }], NAMES), name)
      }
    }
  })

  it('keeps a superfluous U+FE0F behind its name', () => {
    for (const [emoji, name] of all) {
      assert.equal(named(`${emoji}${VARIATION}`), name + VARIATION)
      roundTrip(`${emoji}${VARIATION}`)
    }
  })
})

describe('names', () => {
  const cases: [typed: string, sent: string][] = [
    ['👍🏿', ':thumbsup_tone5:'],
    ['👨‍👩‍👧‍👦', ':family_mwgb:'],
    ['👩🏽‍🤝‍👨🏻', ':woman_and_man_holding_hands_tone3_tone1:'],
    ['🇩🇪🇫🇷', ':flag_de::flag_fr:'],
    ['🏴󠁧󠁢󠁳󠁣󠁴󠁿', ':scotland:'],
    ['🏳️‍🌈', ':rainbow_flag:'],
    ['1️⃣ #️⃣ *️⃣', ':one: :hash: :asterisk:'],
    ['⚧️ ⚡', ':transgender_symbol: :zap:'],
    ['🇩', ':regional_indicator_d:'],
    ['❤️ ☺️ ©️ ®️ ™️', ':heart: :relaxed: :copyright: :registered: :tm:'],
  ]
  for (const [typed, sent] of cases) {
    it(`${typed} is ${sent}`, () => {
      assert.equal(named(typed), sent)
      roundTrip(typed)
    })
  }

  it('of emoji the table lacks are not made up: they pass whole', () => {
    const unknown = [
      ...['❤', '☺', '©', '™', '®', '1⃣', '1', '#', '*', '↔', 'ℹ', '🅰'],
      ...['👩‍🚒‍🚒', '🇦🇦', '🚒🏽', '❤🏽', '☝️🏽', '👍️🏽', '👍\uFE0E', '🤷‍♂', '🏳‍🌈', '👩‍❤‍👨', '👁‍🗨'],
      ...['\u{1FAFF}', '\u{1FAFF}🏽', '👩‍\u{1FAFF}', '\u{1FAFF}‍👩', '👩🏽‍\u{1FAFF}‍👩🏽', '🇩🇪‍👩'],
      ...[
        '🏴\u{E0075}\u{E0073}\u{E0074}\u{E0078}\u{E007F}',
        '🏴\u{E0067}\u{E0062}',
        '1️⃣‍👩',
        '👍🏽⃣',
        '👍⃣',
      ],
    ]
    for (const emoji of unknown) {
      assert.equal(named(emoji), emoji)
      roundTrip(emoji)
      const around = named(`👍${emoji} 👍`)
      assert.equal(around, `:thumbsup:${emoji} :thumbsup:`)
    }
  })

  it('stop where the emoji does', () => {
    assert.equal(named('👩‍x'), ':woman:\u200Dx')
    assert.equal(named('x‍👩'), 'x\u200D:woman:')
    assert.equal(named('🇩🇪🇫'), ':flag_de::regional_indicator_f:')
    assert.equal(named('👍🏽🏽'), ':thumbsup_tone3::tone3:')
    assert.equal(named('12️⃣3'), '1:two:3')
    assert.equal(named('⚡️️'), ':zap:\uFE0F\uFE0F')
  })

  it('are looked for at every character that can begin an emoji', () => {
    const pictograph = /[[\p{Emoji}\p{ExtPict}]--[0-9#*\p{RI}\p{EMod}]]/v
    for (let point = 0; point <= 0x10ffff; point++) {
      const sign = String.fromCodePoint(point)
      if (!pictograph.test(sign)) continue
      // Followed by a skin tone it is one run, known or not: were it passed over, the tone would be named by itself.
      const text = new NamedText()
      text.addText(`${sign}\u{1F3FF}`)
      assert.ok(!text.source.includes(':tone5:'), point.toString(16))
    }
  })
})

describe('skin tones', () => {
  it('of every emoji come off and back on', () => {
    const toned = all.filter(([emoji]) => /.\p{EMod}/u.test(emoji))
    assert.equal(toned.length, 2030)
    for (const [emoji] of toned) {
      const split = splitTones(emoji)
      assert.ok(split && emojiTables().nameByUnicode.has(split.base), emoji)
      assert.equal(withTones(split), emoji)
    }
  })

  it('one for each person', () => {
    assert.deepEqual(splitTones('🫱🏻‍🫲🏿'), { base: '🤝', tones: [1, 5] })
    assert.equal(withTones({ base: '👫', tones: [2, 2] }), '👫🏼')
    assert.equal(withTones({ base: '🚗', tones: [3] }), undefined)
    assert.equal(splitTones('👍'), undefined)
  })
})
