import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  plainText,
  type RichText,
  type TextNode,
  visibleText,
} from '../../../src/core/rich-text.ts'
import { parsePlain, renderPlain } from '../../../src/text/plain.ts'
import { richTextArbitrary } from '../../helpers/rich-text.ts'

function text(value: string): TextNode {
  return { type: 'text', value }
}

function quote(...children: RichText): TextNode {
  return { type: 'quote', children }
}

function link(href: string, label: string): TextNode {
  return { type: 'link', href, children: plainText(label) }
}

describe('plain text', () => {
  const cases: [what: string, tree: RichText, shown: string][] = [
    [
      'is typed text as it is',
      plainText('[b] *a* <b> &amp; :joy:\0\n'),
      '[b] *a* <b> &amp; :joy:\0\n',
    ],
    [
      'leaves styles out',
      [{ type: 'bold', children: [{ type: 'spoiler', children: plainText('a') }] }, text('b')],
      'ab',
    ],
    [
      'shows a mention by its label',
      [{ type: 'mention', id: '5', children: plainText('@Ann') }],
      '@Ann',
    ],
    [
      'writes an address behind the label',
      [link('https://a.b/c?d', 'here'), text('!')],
      'here (https://a.b/c?d)!',
    ],
    ['once where the label says it', [link('https://a.b/', 'a.b')], 'a.b'],
    [
      'once where the label holds it',
      [link('https://a.b/c', 'see https://a.b/c.')],
      'see https://a.b/c.',
    ],
    [
      'but not for a longer one',
      [link('https://a.b', 'a.b.evil.com')],
      'a.b.evil.com (https://a.b)',
    ],
    [
      'and not for another one',
      [link('https://evil.com', 'https://a.b')],
      'https://a.b (https://evil.com)',
    ],
    [
      'leaves mailto: and tel: out of addresses',
      [link('mailto:a@b.c', 'Ann'), link('tel:+49', '+49')],
      'Ann (a@b.c)+49',
    ],
    ['shows a link without a label by its address', [link('https://a.b', '')], 'https://a.b'],
    ['marks the lines of a quote', [text('a'), quote(text('b\nc')), text('d')], 'a\n> b\n> c\nd'],
    [
      'breaks a line only where none ends',
      [text('a\n'), quote(text('b')), text('\nc')],
      'a\n> b\nc',
    ],
    [
      'marks quotes in quotes',
      [quote(text('a'), quote(text('b')), text('c')), text('d')],
      '> a\n> > b\n> c\nd',
    ],
    ['marks a quote that begins with one', [quote(quote(text('a')), text('b'))], '> > a\n> b'],
    ['parts quote and quote', [quote(text('a')), quote(text('b'))], '> a\n> b'],
    [
      'puts code on its own lines',
      [text('a'), { type: 'pre', value: 'b\nc' }, text('d')],
      'a\nb\nc\nd',
    ],
    ['marks code in a quote', [quote({ type: 'pre', value: 'b\nc' }), text('d')], '> b\n> c\nd'],
    ['has nothing for an empty quote', [text('a'), quote(), text('b')], 'ab'],
  ]
  for (const [what, tree, shown] of cases) {
    it(what, () => assert.equal(renderPlain(tree, false), shown))
  }

  it('with short names escapes words that read as one', () => {
    const tree: RichText = [link('https://a.b/:joy:', '😀'), text(' :joy: &#58; [b]')]
    const shown = ':grinning: (https://a.b/&#58;joy:) &#58;joy: &amp;#58; [b]'
    assert.equal(renderPlain(tree, true), shown)
    assert.equal(visibleText(parsePlain(shown, true)), '😀 (https://a.b/:joy:) :joy: &#58; [b]')
  })

  it('shows every character of any tree, and names come back as what they stand for', () => {
    fc.assert(
      fc.property(richTextArbitrary(), (tree) => {
        const shown = renderPlain(tree, false)
        assert.equal(visibleText(parsePlain(renderPlain(tree, true), true)), shown)
        assert.ok(isAmong(visibleText(tree), shown), shown)
      }),
      { numRuns: 2000 },
    )
  })

  it('is what the reader sees where there are neither links nor blocks', () => {
    const types = [
      'text',
      'emoji',
      'bold',
      'italic',
      'underline',
      'spoiler',
      'code',
      'mention',
    ] as const
    fc.assert(
      fc.property(richTextArbitrary({ types }), (tree) => {
        assert.equal(renderPlain(tree, false), visibleText(tree))
      }),
    )
  })
})

/** Do all units of `value` come in `shown`, in this order? */
function isAmong(value: string, shown: string): boolean {
  let found = 0
  for (let index = 0; index < shown.length; index += 1) {
    if (shown[index] === value[found]) found += 1
  }
  return found === value.length
}
