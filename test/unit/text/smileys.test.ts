import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RichText, visibleText } from '../../../src/core/rich-text.ts'
import { MESSENGER_SMILEYS } from '../../../src/text/channels/messenger.ts'
import { VIBER_SMILEYS } from '../../../src/text/channels/viber.ts'
import { qualifiedEmoji } from '../../../src/text/emoji.ts'
import { readSmileys, type SmileyTable } from '../../../src/text/smileys.ts'

/** `a{🙂}b`: what became an emoji in braces. */
function shown(text: RichText): string {
  return text
    .map((node) => (node.type === 'emoji' ? `{${node.value}}` : visibleText([node])))
    .join('')
}

describe('typed smileys', () => {
  const cases: [typed: string, read: string][] = [
    [':)', '{🙂}'],
    ['ok :-) bye', 'ok {🙂} bye'],
    ['Thanks :)\n:D', 'Thanks {🙂}\n{😃}'],
    ['Thanks :). Bye ;)!', 'Thanks {🙂}. Bye {😉}!'],
    [':) :) <3', '{🙂} {🙂} {❤️}'],
    ['(y)', '{👍}'],
    ["sad :'(", 'sad {😢}'],
    [':p :P :-p', '{😛} {😛} {😛}'],
    // Not words of their own.
    ['ok:) (:) :)) :)x', 'ok:) (:) :)) :)x'],
    ['(see 8) 8) item, B) item, 3:) pm', '(see 8) 8) item, B) item, 3:) pm'],
    ['1:) a 2:) b', '1:) a 2:) b'],
    ['10:30:45 10:3 :30', '10:30:45 10:3 :30'],
    ['https://a.b/:) http://a.b:D C:\\D', 'https://a.b/:) http://a.b:D C:\\D'],
    ['me@a.b:) :p@a.b', 'me@a.b:) :p@a.b'],
    ['`a :) b` ``` :) ```', '`a :) b` ``` :) ```'],
    ['{x:D} [a](:/) =D]', '{x:D} [a](:/) =D]'],
    ['std::vector<3> a<3', 'std::vector<3> a<3'],
    ['', ''],
  ]
  for (const [typed, read] of cases) {
    it(`${JSON.stringify(typed)} reads as ${JSON.stringify(read)}`, () => {
      assert.equal(shown(readSmileys(typed, MESSENGER_SMILEYS)), read)
    })
  }

  it('are those of the channel', () => {
    assert.equal(shown(readSmileys(':D :@ (y)', VIBER_SMILEYS)), '{😁} {😠} (y)')
    assert.equal(shown(readSmileys(':D :@ (y)', new Map())), ':D :@ (y)')
  })

  const tables: Record<string, SmileyTable> = { MESSENGER_SMILEYS, VIBER_SMILEYS }
  for (const [title, table] of Object.entries(tables)) {
    it(`of ${title} are short, unmistakable and stand for emoji`, () => {
      for (const [smiley, emoji] of table) {
        assert.match(smiley, /^\S{2,4}$/)
        // A list's number, an hour, a bracket of its own.
        assert.doesNotMatch(smiley, /^(?:[0-9A-Za-z]\)|[0-9]:\)|[()]:)/)
        assert.doesNotMatch(smiley, /[.,!?…]$/)
        assert.equal(qualifiedEmoji(emoji), emoji)
      }
    })
  }

  for (const unit of [':', ':) ', ':)', ' ', 'a', ':)!', '<3 ', '` :) ']) {
    it(`in 1 MiB of ${JSON.stringify(unit)} are found in linear time`, () => {
      const text = unit.repeat(Math.ceil(2 ** 20 / unit.length))
      const startedAt = performance.now()
      readSmileys(text, MESSENGER_SMILEYS)
      assert.ok(performance.now() - startedAt < 2000)
    })
  }
})
