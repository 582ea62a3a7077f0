import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'
import { renderHtml } from '../../../src/text/html.ts'
import {
  nastyString,
  normalise,
  richTextArbitrary,
  withoutInnerLinks,
} from '../../helpers/rich-text.ts'

type Node = DefaultTreeAdapterTypes.ChildNode

/** What may be in the HTML, by element: its attributes with the form of their values. */
const ALLOWED: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  b: {},
  i: {},
  u: {},
  s: {},
  br: {},
  pre: {},
  blockquote: {},
  code: { class: /^language-\S+$/ },
  span: { class: /^spoiler$/, 'data-user': /^/ },
  a: { href: /^(?:https?:\/\/|tel:|mailto:)/i },
}

function assertSafe(nodes: readonly Node[], source: string): void {
  for (const node of nodes) {
    if (node.nodeName === '#text') continue
    assert.ok('attrs' in node, `${node.nodeName} in ${source}`)
    const allowed = ALLOWED[node.tagName]
    assert.ok(allowed, `<${node.tagName}> in ${source}`)
    for (const { name, value } of node.attrs) assert.match(value, allowed[name] ?? /$^/, source)
    if (node.tagName === 'a') assertWebAddress(node.attrs[0]?.value ?? '')
    assertSafe(node.childNodes, source)
  }
}

/** By the rules of browsers, whatever it looks like. */
function assertWebAddress(href: string): void {
  const scheme = URL.parse(href, 'base:x')?.protocol ?? 'none'
  assert.ok(['http:', 'https:', 'tel:', 'mailto:', 'none'].includes(scheme), href)
}

function textOf(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if ('value' in node) return node.value
      if (node.nodeName === 'br') return '\n'
      return 'childNodes' in node ? textOf(node.childNodes) : ''
    })
    .join('')
}

function render(text: RichText): string {
  return renderHtml(text, false)
}

const unsafeHref = fc.oneof(
  nastyString(),
  fc
    .tuple(
      fc.constantFrom('javascript:', 'JavaScript:', 'data:text/html,', 'vbscript:', 'https://a.b/'),
      fc.array(
        fc.tuple(
          fc.nat(12),
          fc.constantFrom('\t', '\n', '\0', ' ', '&#58;', '&Tab;', '\u0001', '"', "'", '>'),
        ),
        { maxLength: 3 },
      ),
      fc.constantFrom('alert(1)', '<script>', '" onclick="x', ''),
    )
    .map(([scheme, inserts, rest]) => {
      let href = scheme + rest
      for (const [at, sign] of inserts) href = href.slice(0, at) + sign + href.slice(at)
      return href
    }),
)

describe('HTML of a rich text', () => {
  it('holds only its own tags, attributes and web addresses, whatever the tree', () => {
    const trees = richTextArbitrary({ href: unsafeHref, id: nastyString() })
    fc.assert(
      fc.property(trees, fc.boolean(), (tree, hasNames) => {
        const source = renderHtml(tree, hasNames)
        assert.ok(source.isWellFormed() && !source.includes('\0'))
        assertSafe(parseFragment(source).childNodes, source)
      }),
      { numRuns: 3000 },
    )
  })

  it('shows in a browser what the tree shows', () => {
    const text = nastyString({ hasHalves: false }).map((value) => value.replaceAll('\0', ''))
    fc.assert(
      fc.property(richTextArbitrary({ text }), (tree) => {
        const plain = normalise(withoutInnerLinks(tree))
        assert.equal(textOf(parseFragment(render(plain)).childNodes), visibleText(plain))
      }),
      { numRuns: 2000 },
    )
  })

  it('with any string for a language stays one class', () => {
    fc.assert(
      fc.property(nastyString(), (language) => {
        const source = render([{ type: 'pre', value: 'x', language }])
        assertSafe(parseFragment(source).childNodes, source)
      }),
    )
  })

  const cases: [what: string, text: RichText, html: string][] = [
    ['escapes what was typed', plainText('<b>&amp; "x"\n'), '&lt;b&gt;&amp;amp; &quot;x&quot;<br>'],
    [
      'writes styles, quotes and spoilers',
      [
        { type: 'bold', children: [{ type: 'underline', children: plainText('a') }] },
        { type: 'quote', children: plainText('b') },
        { type: 'spoiler', children: plainText('c') },
      ],
      '<b><u>a</u></b><blockquote>b</blockquote><span class="spoiler">c</span>',
    ],
    [
      'writes code with line breaks, and blocks of it with their language',
      [
        { type: 'code', value: 'a\n<b' },
        { type: 'pre', value: '\nx\n y' },
        { type: 'pre', value: 'x()', language: 'c sharp' },
      ],
      '<code>a<br>&lt;b</code><pre>\n\nx\n y</pre><pre><code class="language-c-sharp">x()</code></pre>',
    ],
    [
      'writes mentions with their id',
      [{ type: 'mention', id: '29:"1', children: plainText('Ann') }],
      '<span data-user="29:&quot;1">Ann</span>',
    ],
    [
      'keeps the address of what must not be a link',
      [{ type: 'link', href: ' java\tscript:alert(1)', children: plainText('x') }],
      'x ( java\tscript:alert(1))',
    ],
    [
      'keeps the address of a link in a link',
      [
        {
          type: 'link',
          href: 'https://a.b',
          children: [{ type: 'link', href: 'https://c.d', children: plainText('x') }],
        },
      ],
      '<a href="https://a.b">x (https://c.d)</a>',
    ],
    [
      'gives a link without a label its address for one',
      [{ type: 'link', href: 'https://a.b', children: [] }],
      '<a href="https://a.b">https://a.b</a>',
    ],
    [
      'keeps spaces beside blocks',
      [
        { type: 'text', value: 'a ' },
        { type: 'quote', children: plainText(' b ') },
        { type: 'text', value: '  c' },
      ],
      'a&#32;<blockquote>&#32;b&#32;</blockquote>&#32; c',
    ],
    ['has U+FFFD for what HTML can not hold', plainText('\0\ud83d'), '\ufffd\ufffd'],
  ]
  for (const [what, text, html] of cases) {
    it(what, () => assert.equal(render(text), html))
  }

  it('writes short names, and none for what only looks like one', () => {
    const text: RichText = [
      { type: 'text', value: '😀 :joy: 10:30:45' },
      { type: 'code', value: '😀 :joy:' },
      { type: 'link', href: 'https://a.b/:joy:', children: plainText('x') },
    ]
    assert.equal(
      renderHtml(text, true),
      ':grinning: &#58;joy: 10:30:45<code>😀 &#58;joy:</code><a href="https://a.b/&#58;joy:">x</a>',
    )
  })
})
