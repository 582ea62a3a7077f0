import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'
import { readSlackText, writeSlackText } from '../../../src/text/channels/slack.ts'
import {
  emojiOfSlackName,
  guardSlackNames,
  readSlackEmoji,
  slackNameOfEmoji,
} from '../../../src/text/channels/slack-emoji.ts'
import { emojiTables } from '../../../src/text/emoji.ts'

/** `a{👍}b`: what became an emoji in braces. */
function shown(text: RichText): string {
  return text
    .map((node) => (node.type === 'emoji' ? `{${node.value}}` : visibleText([node])))
    .join('')
}

describe('white space of any kind', () => {
  it('ends a word: a name that touches its @ is none, whatever follows', () => {
    for (const space of ' \t\u00a0\u1680\u2009\u2028\u2029\u202f\u205f\u3000\ufeff') {
      const typed = `:joy:@${space}ann@example.com`
      assert.equal(shown(readSlackEmoji(typed)), typed, JSON.stringify(space))
      assert.equal(
        readSlackText(writeSlackText(plainText(typed)))
          .map((node) => node.type)
          .join(),
        'text',
      )
    }
  })
})

describe('Slack names', () => {
  const cases: [typed: string, read: string][] = [
    [':+1:', '{👍}'],
    [':-1::+1:', '{👎}{👍}'],
    [':simple_smile: :slightly_smiling_face:', '{🙂} {🙂}'],
    [':thumbsup::skin-tone-3:', '{👍🏼}'],
    ['hi:wave::skin-tone-6:!', 'hi{👋🏿}!'],
    [':handshake::skin-tone-2-6:', '{🫱🏻‍🫲🏿}'],
    [':couple::skin-tone-3:', '{👫🏼}'],
    [':male-detective::skin-tone-4: :female-doctor:', '{🕵🏽‍♂️} {👩‍⚕️}'],
    [':flag-de: :de: :uk: :flag-england:', '{🇩🇪} {🇩🇪} {🇬🇧} {🏴󠁧󠁢󠁥󠁮󠁧󠁿}'],
    [':skin-tone-2:', '{🏻}'],
    [':car::skin-tone-3:', '{🚗}{🏼}'],
    [':wave::skin-tone-9:', '{👋}:skin-tone-9:'],
    // Where emoji-toolkit has the same word for another emoji, Slack's counts.
    [':umbrella: :snowman: :satellite:', '{☂️} {☃️} {🛰️}'],
    [':city_sunset: :medal: :email:', '{🌆} {🎖️} {✉️}'],
    // Names of emoji-toolkit that Slack doesn't know, the workspace's own, and no names at all.
    [':thumbup: :flag_de: :thumbsup_tone3:', ':thumbup: :flag_de: :thumbsup_tone3:'],
    [':partyparrot: :shipit: :company-logo:', ':partyparrot: :shipit: :company-logo:'],
    [':Smile: : smile: :smile', ':Smile: : smile: :smile'],
    [':a_b:smile:', ':a_b{😄}'],
    ['10:30:45 10:100:45 1:1234:5', '10:30:45 10:100:45 1:1234:5'],
    ['(:100:) :8ball:', '({💯}) {🎱}'],
    ['https://a.b/:smile:/c :smile:', 'https://a.b/:smile:/c {😄}'],
    ['www.a.b/:smile: a.example:80/:smile:', 'www.a.b/:smile: a.example:80/:smile:'],
    ['a:smile:@b.c me@b.c:smile:', 'a:smile:@b.c me@b.c{😄}'],
    ['`:smile:` ```\n:smile:\n``` ` :smile:', '`:smile:` ```\n:smile:\n``` ` {😄}'],
    ['', ''],
  ]
  for (const [typed, read] of cases) {
    it(`${JSON.stringify(typed)} reads as ${JSON.stringify(read)}`, () => {
      assert.equal(shown(readSlackEmoji(typed)), read)
    })
  }

  it('are one for each emoji, and read as it again', () => {
    const without: string[] = []
    for (const [emoji, short] of emojiTables().nameByUnicode) {
      const name = slackNameOfEmoji(emoji)
      if (name === undefined) {
        without.push(short)
        continue
      }
      assert.equal(emojiOfSlackName(name), emoji)
      assert.deepEqual(readSlackEmoji(`:${name}:`), [{ type: 'emoji', value: emoji }])
    }
    assert.equal(without.length, 42)
  })

  it('are those that Slack writes', () => {
    const names: [emoji: string, name: string][] = [
      ['👍', '+1'],
      ['👍🏽', '+1::skin-tone-4'],
      ['❤', 'heart'],
      ['❤️', 'heart'],
      ['🙂', 'slightly_smiling_face'],
      ['🤔', 'thinking_face'],
      ['🇩🇪', 'flag-de'],
      ['👩🏽‍🤝‍👨🏻', 'man_and_woman_holding_hands::skin-tone-4-2'],
    ]
    for (const [emoji, name] of names) assert.equal(slackNameOfEmoji(emoji), name)
    assert.equal(slackNameOfEmoji('no emoji'), undefined)
    assert.equal(emojiOfSlackName('wave::skin-tone-3::skin-tone-2'), undefined)
    assert.equal(emojiOfSlackName('partyparrot'), undefined)
    assert.equal(emojiOfSlackName('constructor'), undefined)
  })

  const string = fc.string({
    unit: fc.constantFrom(
      ...[':', 'a', '+1', 'smile', 'wave', ':skin-tone-3:', '100', '1', ' ', '`', '@', '.b/', '//'],
    ),
  })

  it('typed on purpose are guarded: nothing is read in them, nothing but U+200B is added', () => {
    fc.assert(
      fc.property(string, (typed) => {
        const guarded = guardSlackNames(typed)
        assert.deepEqual(readSlackEmoji(guarded), plainText(guarded))
        assert.equal(guarded.replaceAll('\u200B', ''), typed)
      }),
      { numRuns: 1000 },
    )
  })

  it('leave everything else as it was typed', () => {
    fc.assert(
      fc.property(string, (typed) => {
        let at = 0
        for (const node of readSlackEmoji(typed)) {
          if (node.type === 'emoji') {
            assert.equal(typed[at], ':')
            at = typed.indexOf(':', at + 1) + 1
            const tone = /^:skin-tone-3:/.exec(typed.slice(at))
            if (tone && /.\p{EMod}/u.test(node.value)) at += tone[0].length
          } else {
            assert.ok(typed.startsWith(visibleText([node]), at))
            at += visibleText([node]).length
          }
        }
        assert.equal(at, typed.length)
      }),
    )
  })

  for (const unit of [
    ':',
    ':a',
    ':a:',
    ':+1:',
    ':wave::skin-tone-3:',
    '@:a:',
    '`:a:',
    '.aa/',
    '1:1:',
  ]) {
    it(`in 1 MiB of ${unit} are found in linear time`, () => {
      const text = unit.repeat(Math.ceil(2 ** 20 / unit.length))
      const startedAt = performance.now()
      readSlackEmoji(text)
      guardSlackNames(text)
      assert.ok(performance.now() - startedAt < 2000)
    })
  }
})
