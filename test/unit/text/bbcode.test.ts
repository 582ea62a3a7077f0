import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  plainText,
  type RichText,
  type TextNode,
  visibleText,
} from '../../../src/core/rich-text.ts'
import { renderBbcode } from '../../../src/text/bbcode.ts'
import { parseBbcode } from '../../../src/text/bbcode-reader.ts'
import { MAX_DEPTH } from '../../../src/text/depth.ts'
import { nastyString, normalise, richTextArbitrary } from '../../helpers/rich-text.ts'

function style(type: 'bold' | 'italic' | 'quote', children: RichText | string): TextNode {
  return { type, children: typeof children === 'string' ? plainText(children) : children }
}

function link(href: string, label: string): TextNode {
  return { type: 'link', href, children: plainText(label) }
}

function parse(source: string): RichText {
  return parseBbcode(source, false)
}

function render(...text: RichText): string {
  return renderBbcode(text, false)
}

describe('BBCode of a portal', () => {
  const shown: [source: string, tree: RichText | string][] = [
    ['[b]x', '[b]x'],
    ['x[/b]', 'x[/b]'],
    ['[B]x[/b]', [style('bold', 'x')]],
    ['[b]x[i]y[/b]z[/i]', [style('bold', 'x[i]y'), { type: 'text', value: 'z[/i]' }]],
    ['[b][b]x[/b][/b]', [style('bold', [style('bold', 'x')])]],
    ['[b]x[/b][b]y[/b]', [style('bold', 'x'), style('bold', 'y')]],
    ['[b][/b]x[quote][i][/i][/quote]', 'x'],
    ['[code][b]x[/b][/code]', [{ type: 'code', value: '[b]x[/b]' }]],
    ['[code]a[pre]b[/code]c[/pre]', [{ type: 'code', value: 'a[pre]b' }, ...plainText('c[/pre]')]],
    ['[code]a', '[code]a'],
    ['[CODE]a[/Code]', [{ type: 'code', value: 'a' }]],
    ['[br][size=3]x', '[br][size=3]x'],
    ['[b ]x[/b ]', '[b ]x[/b ]'],
    ['[[b]x[/b]]', [...plainText('['), style('bold', 'x'), ...plainText(']')]],
    ['[url]https://a.b[/url]', [link('https://a.b', 'https://a.b')]],
    ['[url]a.b[/url]', '[url]a.b[/url]'],
    ['[url][b]x[/b][/url]', [...plainText('[url]'), style('bold', 'x'), ...plainText('[/url]')]],
    ['[url]a[url]https://a.b[/url][/url]', '[url]a[url]https://a.b[/url][/url]'],
    ['[url=https://a.b]x[/url]', [link('https://a.b', 'x')]],
    ['[url="https://a.b"]x[/url]', [link('https://a.b', 'x')]],
    ['[url= https://a.b/?a=&amp;#91; ]x[/url]', [link('https://a.b/?a=&#91;', 'x')]],
    ['[url=https://a.b][/url]', [link('https://a.b', 'https://a.b')]],
    ['[url=javascript:alert(1)]x[/url]', '[url=javascript:alert(1)]x[/url]'],
    ['[url=java\tscript:alert(1)]x[/url]', '[url=java\tscript:alert(1)]x[/url]'],
    ['[url=JAVASCRIPT&#58;alert(1)]x[/url]', '[url=JAVASCRIPT:alert(1)]x[/url]'],
    ['[url=data:text/html,x]x[/url]', '[url=data:text/html,x]x[/url]'],
    [
      '[url=https://a.b]x[url=data:y]y[/url]z[/url]',
      [link('https://a.b', 'x[url=data:y]y[/url]z')],
    ],
    ['[url=]x[/url]', '[url=]x[/url]'],
    ['[url=a[b]c]x[/url]', '[url=a[b]c]x[/url]'],
    ['[url=https://a.b\n]x[/url]', '[url=https://a.b\n]x[/url]'],
    ['[user=29:x]Ann[/user]', [{ type: 'mention', id: '29:x', children: plainText('Ann') }]],
    ['[user=5][/user]', [{ type: 'mention', id: '5', children: plainText('5') }]],
    ['[user]a[/user]', '[user]a[/user]'],
    ['&#91;b] &amp;#91; &lt; &', '[b] &#91; &lt; &'],
  ]
  for (const [source, tree] of shown) {
    it(`reads ${JSON.stringify(source)}`, () => {
      assert.deepEqual(parse(source), typeof tree === 'string' ? plainText(tree) : tree)
    })
  }

  it('keeps nesting beyond the limit as text', () => {
    const deep = MAX_DEPTH + 50
    const source = `${'[b]'.repeat(deep)}x${'[/b]'.repeat(deep)}`
    const expected = `${'[b]'.repeat(50)}x${'[/b]'.repeat(50)}`
    assert.equal(visibleText(parse(source)), expected)
  })

  it('loses nothing of any string: what is no tag is text', () => {
    fc.assert(
      fc.property(nastyString(), (typed) => {
        // Brackets and ampersands aside, all of it is to be seen.
        const source = typed.replace(/[[\]&]/g, '')
        assert.equal(visibleText(parse(source)), source)
      }),
    )
  })
})

describe('a rich text as BBCode', () => {
  const written: [what: string, text: RichText, source: string][] = [
    [
      'escapes typed tags',
      plainText('[b] [x] [/url] [url= ['),
      '&#91;b] [x] &#91;/url] &#91;url= [',
    ],
    ['escapes typed escapes', plainText('&#91; &amp; &lt;'), '&amp;#91; &amp;amp; &lt;'],
    ['escapes tags in code', [{ type: 'code', value: '[/code]' }], '[code]&#91;/code][/code]'],
    ['drops the language of code', [{ type: 'pre', value: 'x', language: 'js' }], '[pre]x[/pre]'],
    [
      'writes nothing for empty nodes',
      [style('bold', [style('italic', '')]), { type: 'code', value: '' }],
      '[b][/b]',
    ],
    [
      'keeps brackets of an address out of the tag',
      [link('http://[::1]/a', 'x')],
      '[url=http://%5B::1%5D/a]x[/url]',
    ],
    [
      'labels a link with its address',
      [link('https://a.b', '')],
      '[url=https://a.b]https://a.b[/url]',
    ],
    [
      'keeps the address of what must not be a link',
      [link('javascript:alert(1)', 'x')],
      'x (javascript:alert(1))',
    ],
    ['keeps an address with a line break', [link('https://a.b/\nc', 'x')], 'x (https://a.b/\nc)'],
    [
      'keeps an address that is too long for a tag',
      [link(`https://a.b/${'c'.repeat(2000)}`, 'x')],
      `x (https://a.b/${'c'.repeat(2000)})`,
    ],
    [
      'shows the name of a person whose id no tag can hold',
      [{ type: 'mention', id: 'a]b', children: plainText('Ann') }],
      'Ann',
    ],
  ]
  for (const [what, text, source] of written) {
    it(what, () => assert.equal(render(...text), source))
  }

  it('comes back from any tree, whatever its addresses and ids, showing at least the same', () => {
    const trees = richTextArbitrary({ href: nastyString(), id: nastyString() })
    fc.assert(
      fc.property(trees, (tree) => {
        const shown = visibleText(parseBbcode(renderBbcode(tree, true), true))
        assert.ok(isAmong(visibleText(normalise(tree)), shown), shown)
      }),
      { numRuns: 1000 },
    )
  })
})

/** Do all units of `value` come in `text`, in this order? */
function isAmong(value: string, text: string): boolean {
  let found = 0
  for (let index = 0; index < text.length; index += 1) if (text[index] === value[found]) found += 1
  return found === value.length
}
