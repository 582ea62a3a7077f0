import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'
import codes from '../../../src/text/channels/tables/viber-emoticons.json' with { type: 'json' }
import {
  guardViberCodes,
  readViberEmoticons,
  viberCodeOfEmoji,
} from '../../../src/text/channels/viber-emoticons.ts'
import { qualifiedEmoji } from '../../../src/text/emoji.ts'

/** `a{🙂}b`: what became an emoji in braces. */
function shown(text: RichText): string {
  return text
    .map((node) => (node.type === 'emoji' ? `{${node.value}}` : visibleText([node])))
    .join('')
}

describe("Viber's codes", () => {
  const cases: [typed: string, read: string][] = [
    ['(smiley)', '{🙂}'],
    ['Привет(smiley)!', 'Привет{🙂}!'],
    ['(heart)(heart) (2_hearts)', '{❤️}{❤️} {💕}'],
    ['(V) (Q) (!) ($) (TV)', '{✌️} {❓} {❗} {💲} {📺}'],
    ['(v) (q) (Smiley) (tv)', '(v) (q) (Smiley) (tv)'],
    ['(see 8) (8) (windows) (2019)', '(see 8) (8) (windows) (2019)'],
    ['(batman) (heart_lock)', '(batman) (heart_lock)'],
    ['((smiley)) ( smiley )', '({🙂}) ( smiley )'],
    ['https://a.b/(heart) (heart)', 'https://a.b/(heart) {❤️}'],
    ['(heart)https://a.b/(heart)', '{❤️}https://a.b/(heart)'],
    ['en.wikipedia.org/wiki/Sun_(star)', 'en.wikipedia.org/wiki/Sun_(star)'],
    ['www.a.b/(key) WWW.A.B/(key)', 'www.a.b/(key) WWW.A.B/(key)'],
    ['ann@mail.ru(smiley)', 'ann@mail.ru{🙂}'],
    ['(smiley)ann@mail.ru', '{🙂}ann@mail.ru'],
    ['a(heart)b@mail.ru ann@ma(heart)il.ru', 'a(heart)b@mail.ru ann@ma(heart)il.ru'],
    ['ann(heart)@mail.ru ann@(heart)mail.ru', 'ann(heart)@mail.ru ann@(heart)mail.ru'],
    ['`(smiley)` (smiley)', '`(smiley)` {🙂}'],
    ['1(!) a', '1{❗} a'],
    ['(smiley', '(smiley'],
    ['', ''],
  ]
  for (const [typed, read] of cases) {
    it(`${JSON.stringify(typed)} reads as ${JSON.stringify(read)}`, () => {
      assert.equal(shown(readViberEmoticons(typed)), read)
    })
  }

  it('each read as a fully qualified emoji, and the way back gives the same picture', () => {
    for (const [code, emoji] of Object.entries(codes)) {
      assert.equal(qualifiedEmoji(emoji), emoji)
      assert.deepEqual(readViberEmoticons(code), [{ type: 'emoji', value: emoji }])
      const back = viberCodeOfEmoji(emoji)
      assert.equal(back && codes[back as keyof typeof codes], emoji)
    }
    assert.equal(Object.keys(codes).length, 284)
  })

  it('are known for an emoji in any form', () => {
    assert.equal(viberCodeOfEmoji('❤'), '(heart)')
    assert.equal(viberCodeOfEmoji('😏'), '(flirt)')
    assert.equal(viberCodeOfEmoji('🇩🇪'), undefined)
    assert.equal(viberCodeOfEmoji('constructor'), undefined)
  })

  it('typed on purpose are guarded: nothing is read in them, nothing but U+200B is added', () => {
    const unit = fc.constantFrom(
      '(',
      ')',
      'smiley',
      '(V)',
      '(key)',
      ' ',
      'a',
      '@',
      '.b/',
      '://',
      '`',
    )
    fc.assert(
      fc.property(fc.string({ unit }), (typed) => {
        const guarded = guardViberCodes(typed)
        assert.deepEqual(readViberEmoticons(guarded), plainText(guarded))
        assert.equal(guarded.replaceAll('\u200B', ''), typed)
      }),
      { numRuns: 1000 },
    )
  })

  for (const unit of ['(', '()', '(V', '(V)', '@(V)', '(V)@', '`(V)', 'a.bb', '://(V)', '```']) {
    it(`in 1 MiB of ${unit} are found in linear time`, () => {
      const text = unit.repeat(Math.ceil(2 ** 20 / unit.length))
      const startedAt = performance.now()
      readViberEmoticons(text)
      guardViberCodes(text)
      assert.ok(performance.now() - startedAt < 2000)
    })
  }
})
