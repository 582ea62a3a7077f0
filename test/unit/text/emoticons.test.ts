import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  emojiOfSkypeCode,
  emojiOfSkypeId,
  skypeCodeOfEmoji,
} from '../../../src/text/channels/skype-emoticons.ts'
import data from '../../../src/text/channels/tables/skype-emoticons.json' with { type: 'json' }
import { emojiTables, qualifiedEmoji } from '../../../src/text/emoji.ts'

describe('Skype and Teams emoticon ids', () => {
  const ids: [id: string, emoji: string | undefined][] = [
    ['smile', '🙂'],
    ['Heart', '❤️'],
    ['sheep', '🐑'],
    ['yes', '👍'],
    ['like', '👍'],
    ['heartpurple', '💜'],
    ['zanyface', '🤪'],
    ['1f44b_wavinghand', '👋'],
    ['1f44b_wavinghand-tone3', '👋🏽'],
    ['hi-tone5', '👋🏿'],
    ['2639_frowningface', '☹️'],
    ['1f603_grinningfacewithbigeyes', '😃'],
    ['laugh-tone3', '😄'],
    ['tumbleweed', undefined],
    ['skype', undefined],
    ['mo', undefined],
    ['0041_a', undefined],
    ['1fffff_x', undefined],
    ['d83d_x', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
    ['', undefined],
  ]
  for (const [id, emoji] of ids) {
    it(`${id} is ${emoji ?? 'no emoji'}`, () => assert.equal(emojiOfSkypeId(id), emoji))
  }

  it('made of code points give every emoji, with its tones', () => {
    for (const emoji of emojiTables().nameByUnicode.keys()) {
      const bare = emoji.replaceAll('\uFE0F', '')
      if (/^[\0-\x7f]/.test(bare)) continue
      const points = Array.from(bare, (sign) => sign.codePointAt(0)?.toString(16).padStart(4, '0'))
      if (points.length <= 10) assert.equal(emojiOfSkypeId(`${points.join('-')}_name`), emoji)
    }
  })
})

describe('Skype codes', () => {
  const codes: [typed: string, emoji: string | undefined][] = [
    [':)', '🙂'],
    [':=)', '🙂'],
    ['(SMILE)', '🙂'],
    ['(heart)', '❤️'],
    ['<3', '❤️'],
    [':D', '😄'],
    [':d', '😄'],
    ['8-)', '😎'],
    ['(*)', '⭐'],
    ['=ƎE=', '👊'],
    ['(sn)', '🐌'],
    ['(aubergine)', '🍆'],
    ['(eggplant)', '🍆'],
    ['(hi-tone2)', '👋🏼'],
    ['(moneymouthface)', '🤑'],
    // Two emoticons share it; it stays as typed.
    ['(mo)', undefined],
    ['(tumbleweed)', undefined],
    ['(see 8)', undefined],
    ['8)', undefined],
    ['smile', undefined],
    ['', undefined],
  ]
  for (const [typed, emoji] of codes) {
    it(`${typed} is ${emoji ?? 'no emoji'}`, () => assert.equal(emojiOfSkypeCode(typed), emoji))
  }

  it('of every emoji that has one read as it again', () => {
    let count = 0
    for (const emoji of emojiTables().nameByUnicode.keys()) {
      const code = skypeCodeOfEmoji(emoji)
      if (code === undefined) continue
      count += 1
      assert.equal(emojiOfSkypeCode(code), emoji)
      assert.match(code, /^\(.+\)$/)
    }
    assert.ok(count > 800, `${count} emoji`)
  })

  it('prefer the emoticon that looks most like the emoji', () => {
    assert.equal(skypeCodeOfEmoji('🙂'), '(smile)')
    assert.equal(skypeCodeOfEmoji('👨'), '(man)')
    assert.equal(skypeCodeOfEmoji('❤'), '(heart)')
    assert.equal(skypeCodeOfEmoji('🤔'), '(think)')
    assert.equal(skypeCodeOfEmoji('👍🏽'), undefined)
  })

  it('and ids stand for fully qualified emoji, each code for one', () => {
    const seen = new Set<string>()
    const lists = Object.values(data.classic).map((list) => list.split(' '))
    for (const code of [...lists.flatMap((list) => list.slice(1)), ...Object.keys(data.codes)]) {
      assert.ok(!seen.has(code), code)
      assert.equal(code, code.toLowerCase())
      seen.add(code)
    }
    const emoji = [...lists.map(([first]) => first), ...Object.values(data.codes)]
    for (const value of [...emoji, ...Object.values(data.teams)]) {
      assert.equal(qualifiedEmoji(value ?? ''), value)
    }
  })
})
