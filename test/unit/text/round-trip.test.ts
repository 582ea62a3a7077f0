import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'
import { MAX_DEPTH } from '../../../src/text/bbcode.ts'
import { parseText, renderEmoji, renderText } from '../../../src/text/format.ts'

const NAMES = { text: 'bbcode', emoji: 'shortname' } as const
const UNICODE = { text: 'bbcode', emoji: 'unicode' } as const
const FORMATS = [NAMES, UNICODE, { text: 'plain', emoji: 'shortname' }] as const

/** Pieces that mean something to a parser, so that random strings hit the awkward joints. */
const awkward = fc.constantFrom(
  ...[':', ':joy:', 'smile', '&', '#58;', '&#58;', '&#91;', '&amp;', 'amp;', '[', ']', '/', '[b]'],
  ...['[/b]', '[url=', '[url=http://a.b/?x=:joy:]', '[/url]', '[user=', '[code]', '[/code]', '='],
  ...[
    '😀',
    '👍🏽',
    '❤',
    '❤️',
    '⚡️',
    '\uFE0F',
    '\u200D',
    '👩‍👩‍👧',
    '🇩',
    '🇪',
    '1️⃣',
    '1',
    '\ud83d',
    '\n',
  ],
)
const anyString = fc.oneof(
  fc.array(awkward, { maxLength: 24 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
)
const { tree } = fc.letrec<{ tree: RichText; node: RichText[number] }>((tie) => ({
  tree: fc.array(tie('node'), { maxLength: 4 }),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyString.map((value) => ({ type: 'text' as const, value })),
    anyString.map((value) => ({ type: 'code' as const, value })),
    anyString.map((value) => ({ type: 'pre' as const, value })),
    fc.record({
      type: fc.constantFrom('bold' as const, 'quote' as const, 'spoiler' as const),
      children: tie('tree'),
    }),
    fc.record({ type: fc.constant('link' as const), href: anyString, children: tie('tree') }),
    fc.record({ type: fc.constant('mention' as const), id: anyString, children: tie('tree') }),
  ),
}))

function bbcode(source: string): RichText {
  return parseText(source, NAMES)
}

describe('text on its way to the portal and back', () => {
  for (const format of FORMATS) {
    it(`shows the same for any string in ${format.text} with ${format.emoji}`, () => {
      fc.assert(
        fc.property(anyString, (value) => {
          const back = parseText(renderText(plainText(value), format), format)
          assert.deepEqual(back, plainText(value))
        }),
        { numRuns: 3000 },
      )
    })

    it(`shows the same for any tree in ${format.text} with ${format.emoji}`, () => {
      fc.assert(
        fc.property(tree, (text) => {
          const back = parseText(renderText(text, format), format)
          assert.equal(visibleText(back), visibleText(text))
        }),
        { numRuns: 2000 },
      )
    })
  }

  it('keeps structure', () => {
    const text: RichText = [
      { type: 'bold', children: [{ type: 'text', value: 'a' }] },
      { type: 'link', href: 'https://a.b/?c=&amp;d', children: [{ type: 'text', value: 'x' }] },
      { type: 'mention', id: '55', children: [{ type: 'text', value: 'Ann' }] },
      { type: 'code', value: '[b]' },
    ]
    const source = renderText(text, NAMES)
    assert.equal(
      source,
      '[b]a[/b][url=https://a.b/?c=&amp;amp;d]x[/url][user=55]Ann[/user][code]&#91;b][/code]',
    )
    assert.deepEqual(bbcode(source), text)
  })
})

describe('short names', () => {
  const cases: [typed: string, sent: string][] = [
    ['Hi 👋', 'Hi :wave:'],
    ['👍🏽 🇩🇪', ':thumbsup_tone3: :flag_de:'],
    ['a :joy: b', 'a &#58;joy: b'],
    ['a :nosuchthing: 10:30:15', 'a :nosuchthing: 10:30:15'],
    [':smile😀', '&#58;smile:grinning:'],
    ['&#58; &amp; &lt; &', '&amp;#58; &amp;amp; &lt; &'],
    ['[b] [x] [/url] [', '&#91;b] [x] &#91;/url] ['],
    ['(see 8) :-)', '(see 8) :-)'],
    ['⚡ ⚡️', ':zap: :zap:\uFE0F'],
    ['🇦🇦 👩‍🚒‍🚒', '🇦🇦 👩‍🚒‍🚒'],
  ]
  for (const [typed, sent] of cases) {
    it(`${JSON.stringify(typed)} is sent as ${JSON.stringify(sent)}`, () => {
      assert.equal(renderText(plainText(typed), NAMES), sent)
      assert.equal(visibleText(bbcode(sent)), typed)
    })
  }

  it('name a marked emoji and a reaction whatever its variation selector', () => {
    assert.equal(renderText([{ type: 'emoji', value: '❤' }], NAMES), ':heart:')
    assert.equal(renderEmoji('❤', NAMES), ':heart:')
    assert.equal(renderEmoji('❤', UNICODE), '❤')
    assert.equal(renderEmoji('custom_emoji:1', NAMES), 'custom_emoji:1')
  })

  it('leave Unicode alone where the portal takes Unicode', () => {
    assert.equal(renderText(plainText('😀 :joy: [b]'), UNICODE), '😀 :joy: &#91;b]')
    assert.equal(visibleText(parseText(':joy:', UNICODE)), ':joy:')
  })
})

describe('BBCode of a portal', () => {
  const shown: [source: string, tree: RichText][] = [
    ['[b]x', plainText('[b]x')],
    ['x[/b]', plainText('x[/b]')],
    ['[B]x[/b]', [{ type: 'bold', children: plainText('x') }]],
    [
      '[b]x[i]y[/b]z[/i]',
      [
        { type: 'bold', children: plainText('x[i]y') },
        { type: 'text', value: 'z[/i]' },
      ],
    ],
    ['[code][b]x[/b][/code]', [{ type: 'code', value: '[b]x[/b]' }]],
    ['[br][size=3]x', plainText('[br][size=3]x')],
    [
      '[url]https://a.b[/url]',
      [{ type: 'link', href: 'https://a.b', children: plainText('https://a.b') }],
    ],
    ['[url]a.b[/url]', plainText('[url]a.b[/url]')],
    ['[user]a[/user]', plainText('[user]a[/user]')],
  ]
  for (const [source, expected] of shown) {
    it(`reads ${source}`, () => assert.deepEqual(bbcode(source), expected))
  }

  it('keeps nesting beyond the limit as text', () => {
    const deep = MAX_DEPTH + 50
    const source = `${'[b]'.repeat(deep)}x${'[/b]'.repeat(deep)}`
    const expected = `${'[b]'.repeat(50)}x${'[/b]'.repeat(50)}`
    assert.equal(visibleText(bbcode(source)), expected)
  })

  const size = 1024 * 1024
  for (const unit of [
    '[',
    ':',
    '[b]',
    '[/b]',
    '[code]',
    '[url=',
    '[url=x]',
    ':a',
    '&#58;',
    '😀',
    '\u200D😀',
    ':joy:',
    '1',
  ]) {
    it(`takes 1 MiB of ${unit} in linear time`, () => {
      const source = unit.repeat(Math.ceil(size / unit.length))
      const startedAt = performance.now()
      bbcode(source)
      renderText(plainText(source), NAMES)
      const took = performance.now() - startedAt
      assert.ok(took < 2000, `took ${took} ms`)
    })
  }
})

describe('the other formats', () => {
  const text: RichText = [
    { type: 'bold', children: plainText('a<b') },
    { type: 'text', value: ' 1*2 👍🏽\n' },
    { type: 'link', href: 'javascript:alert(1)', children: plainText('x') },
    { type: 'link', href: 'https://a.b/"', children: plainText('y') },
  ]
  it('HTML is escaped and links only to safe schemes', () => {
    assert.equal(
      renderText(text, { text: 'html', emoji: 'unicode' }),
      '<b>a&lt;b</b> 1*2 👍🏽<br>x<a href="https://a.b/%22">y</a>',
    )
  })
  it('Markdown escapes what was typed and leaves short names whole', () => {
    assert.equal(
      renderText(text, { text: 'markdown', emoji: 'shortname' }),
      '**a\\<b** 1\\*2 :thumbsup_tone3:\nx[y](<https://a.b/">)',
    )
  })
  it('HTML shows the same again when read', () => {
    fc.assert(
      fc.property(anyString, (value) => {
        const format = { text: 'html', emoji: 'shortname' } as const
        assert.equal(visibleText(parseText(renderText(plainText(value), format), format)), value)
      }),
    )
  })
})
