import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import {
  plainText,
  type RichText,
  type TextNode,
  visibleText,
} from '../../../src/core/rich-text.ts'
import { parseHtml } from '../../../src/text/html.ts'
import { readHtml } from '../../../src/text/html-reader.ts'
import type { HtmlDialect, HtmlRule } from '../../../src/text/html-rule.ts'
import { depthOf, nastyString } from '../../helpers/rich-text.ts'

function style(
  type: 'bold' | 'italic' | 'quote' | 'spoiler',
  children: RichText | string,
): TextNode {
  return { type, children: typeof children === 'string' ? plainText(children) : children }
}

function link(href: string, label: string): TextNode {
  return { type: 'link', href, children: plainText(label) }
}

function text(value: string): TextNode {
  return { type: 'text', value }
}

function parse(source: string): RichText {
  return parseHtml(source, false)
}

describe('HTML of a portal', () => {
  const shown: [source: string, tree: RichText | string][] = [
    // Text
    ['a &lt;b&gt; &amp;amp; &#x41;&#66; &eacute;&nbsp;x', 'a <b> &amp; AB é\u00a0x'],
    ['&nosuch; &#0; &#xd800; AT&T &', '&nosuch; \ufffd \ufffd AT&T &'],
    ['1 < 2 > 0, <3, a<', '1 < 2 > 0, <3, a<'],
    ['a  b', 'a  b'],
    ['', ''],
    // Line breaks
    ['a\nb', 'a\nb'],
    ['a<br>b<br/>c<BR />d</br>e', 'a\nb\nc\nd\ne'],
    ['<p>a</p><p>b</p>', 'a\n\nb'],
    ['<p>a<p>b', 'a\n\nb'],
    ['<div>a</div><div>b</div>c', 'a\nb\nc'],
    ['<div>a</div><div><br></div><div>b</div>', 'a\n\nb'],
    ['<div><div>a</div></div><div>b</div>', 'a\nb'],
    ['a<br>\n  b', 'a\nb'],
    ['<p>a\n  b</p>\n\n<p> c </p>', 'a b\n\nc'],
    ['<p>a<br></p><p>b</p>', 'a\n\nb'],
    ['<div>a</div> <div>b</div>', 'a\nb'],
    // Styles
    ['<b>a</b><STRONG>b</STRONG>', [style('bold', 'a'), style('bold', 'b')]],
    ['<em>a<b>c</b></em>', [style('italic', [text('a'), style('bold', 'c')])]],
    ['a <b> b</b>', [text('a '), style('bold', ' b')]],
    [
      '<ins>a</ins><del>b</del>',
      [
        { type: 'underline', children: plainText('a') },
        { type: 'strike', children: plainText('b') },
      ],
    ],
    ['<b></b><i><b></b></i>', ''],
    ['<span class="a tg-spoiler">x</span>', [style('spoiler', 'x')]],
    ['<tg-spoiler>x</tg-spoiler>', [style('spoiler', 'x')]],
    [
      '<span data-user="29:&quot;1">Ann</span>',
      [{ type: 'mention', id: '29:"1', children: plainText('Ann') }],
    ],
    ['<span style="x">a</span><font color=red>b</font>', 'ab'],
    ['<h2>T</h2>a', [style('bold', 'T'), text('\n\na')]],
    // Blocks
    ['a<blockquote>b</blockquote>c', [text('a'), style('quote', 'b'), text('c')]],
    [
      '<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n<p>c</p>',
      [text('a'), style('quote', 'b'), text('c')],
    ],
    [
      '<blockquote>a<blockquote>b</blockquote></blockquote>',
      [style('quote', [text('a'), style('quote', 'b')])],
    ],
    ['<pre>\n a\n  b\n</pre>', [{ type: 'pre', value: ' a\n  b\n' }]],
    [
      '<pre><code class="hljs language-js">a<b>1</b></code></pre>',
      [{ type: 'pre', value: 'a1', language: 'js' }],
    ],
    ['<code>a  &lt;b&gt;</code>', [{ type: 'code', value: 'a  <b>' }]],
    ['<ul><li>a</li><li>b<ol start="3"><li>c<li>d</ol></li></ul>e', '- a\n- b\n3. c\n4. d\ne'],
    ['<ul>\n <li><p>a</p></li>\n</ul>', '- a'],
    ['<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>', 'a | b\nc'],
    ['a<hr>b', 'a\n———\nb'],
    // Links
    ['<a href="https://a.b?x=1&amp;y">l</a>', [link('https://a.b?x=1&y', 'l')]],
    ['<a href=https://a.b></a>', [link('https://a.b', 'https://a.b')]],
    ['<a href="tg://user?id=1">l</a>', [link('tg://user?id=1', 'l')]],
    ['<a name="x">l</a>', 'l'],
    ['<a href="javascript:alert(1)">l</a>', 'l (javascript:alert(1))'],
    ['<a href="JaVa&#10;Script&colon;alert(1)">l</a>', 'l (JaVa\nScript:alert(1))'],
    ['<a href="data:text/html,x">l</a>', 'l (data:text/html,x)'],
    ['<img src="https://a.b/c.png" alt="😀"><img src="https://a.b/d.png">', '😀https://a.b/d.png'],
    // What isn't shown
    ['a<!-- b -->c<!doctype html><?x?>d', 'acd'],
    ['a<script>alert("<b>")</script><style>b{}</style>c', 'ac'],
    // What is shown as written, so that it isn't lost
    ['Ann <ann@example.com>, see <https://a.b>', 'Ann <ann@example.com>, see <https://a.b>'],
    ['a<b', 'a<b'],
    ['a<a href="x', 'a<a href="x'],
    ['a</b ', 'a</b '],
    ['a<!-- b', 'a<!-- b'],
    ['a<script>b', 'a<script>b'],
    ['a</>b', 'a</>b'],
    // Tags that don't match
    ['<b>a<i>b</b>c</i>', [style('bold', [text('a'), style('italic', 'b')]), text('c')]],
    ['a</b>b', 'ab'],
    ['<b>a', [style('bold', 'a')]],
  ]
  for (const [source, tree] of shown) {
    it(`reads ${JSON.stringify(source)}`, () => {
      assert.deepEqual(parse(source), typeof tree === 'string' ? plainText(tree) : tree)
    })
  }

  it('reads short names, but not where a reference stands for one of their characters, nor in code', () => {
    assert.deepEqual(parseHtml(':joy: &#58;joy: <b>:+1:</b><code>:joy:</code> :nosuch:', true), [
      text('😂 :joy: '),
      style('bold', '👍'),
      { type: 'code', value: ':joy:' },
      text(' :nosuch:'),
    ])
  })

  it('shows what a browser shows, but for spaces', () => {
    const pieces = [
      '<b>',
      '</b>',
      '<i>',
      '</i>',
      '<p>',
      '</p>',
      '<br>',
      '<blockquote>',
      '</blockquote>',
    ]
    const texts = [
      'a',
      'б',
      ' ',
      '\n',
      '&lt;',
      '&amp;',
      '&',
      '>',
      '"',
      "'",
      '😀',
      '<!-- x -->',
      '< ',
    ]
    const source = fc.array(fc.constantFrom(...pieces, ...texts), { maxLength: 20 })
    fc.assert(
      fc.property(source, (parts) => {
        const html = parts.join('')
        const seen = textOf(parseFragment(html).childNodes)
        assert.equal(ink(visibleText(parse(html))), ink(seen), html)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a dialect', () => {
  const rules: Readonly<Record<string, HtmlRule>> = {
    b: { finish: (children) => [{ type: 'bold', children }] },
    ss: { finish: (children) => [{ type: 'emoji', value: visibleText(children) }] },
    x: { content: 'dropped' },
    y: { content: 'source' },
    c: { content: 'verbatim' },
    w: { before: '[', after: ']' },
  }
  const dialect: HtmlDialect = {
    hasNewlines: true,
    rule: ({ name }) => rules[name] ?? {},
    text: (value) => plainText(value.replaceAll(':)', '🙂')),
  }
  const shown: [what: string, source: string, tree: RichText | string][] = [
    [
      'decides on the finished children',
      'a<ss type="x">:-D</ss>',
      [text('a'), { type: 'emoji', value: ':-D' }],
    ],
    [
      'closes an element that is written as empty',
      'a<b/>c',
      [text('a'), style('bold', ''), text('c')],
    ],
    ['keeps newlines and spaces where they are meant', ' a\n b\r\nc ', ' a\n b\nc '],
    ['reads text between tags as one', 'a :&#41; b', 'a 🙂 b'],
    ['reads no emoticons in code', ':)<c>:)</c>', '🙂:)'],
    ['drops an element with its content', 'a<x>b<b>c</b></x>d', 'ad'],
    ['shows tags as written', 'a<y z="1">b</y>c</y>', 'a<y z="1">b</y>c</y>'],
    ['shows what stands around an element', 'a<w>b</w>c', 'a[b]c'],
  ]
  for (const [what, source, tree] of shown) {
    it(what, () => {
      assert.deepEqual(readHtml(source, dialect), typeof tree === 'string' ? plainText(tree) : tree)
    })
  }

  it('sees names in lower case, values decoded, and the first of two of a name', () => {
    const seen: unknown[] = []
    readHtml('<A HREF="x&amp;y" Href=z Title=\'"\' checked __proto__=p>', {
      rule: ({ name, attributes }) => {
        seen.push(name, { ...attributes })
        return {}
      },
    })
    const attributes = { href: 'x&y', title: '"', checked: '', ['__proto__']: 'p' }
    assert.deepEqual(seen, ['a', attributes])
  })

  it('never throws, and keeps the depth', () => {
    fc.assert(
      fc.property(nastyString(), fc.nat(200), (source, repeats) => {
        const tree = readHtml(`${'<b>'.repeat(repeats)}${source}`, dialect)
        assert.ok(depthOf(tree) <= 100)
      }),
    )
  })

  it('shows every character that is neither a tag nor a reference', () => {
    const value = nastyString().map((typed) => typed.replace(/[<&\r]/g, ''))
    fc.assert(
      fc.property(value, (typed) => {
        const shownText = visibleText(readHtml(typed, { rule: () => ({}), hasNewlines: true }))
        assert.equal(shownText, typed)
      }),
    )
  })
})

function textOf(nodes: readonly DefaultTreeAdapterTypes.ChildNode[]): string {
  return nodes
    .map((node) => {
      if ('value' in node) return node.value
      return 'childNodes' in node ? textOf(node.childNodes) : ''
    })
    .join('')
}

function ink(value: string): string {
  return value.replace(/\s/g, '')
}
