import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TextFormat } from '../../../src/core/portal.ts'
import {
  plainText,
  type RichText,
  type TextNode,
  visibleText,
} from '../../../src/core/rich-text.ts'
import { parseText, renderText } from '../../../src/text/format.ts'
import { splitRichText } from '../../../src/text/splitter.ts'
import { processorTimeOf } from '../../helpers/processor-time.ts'

const SMALL = 64 * 1024
const LARGE = 4 * SMALL
/** What is done in this time at LARGE is not quadratic in anything: that would be a hundred times slower. */
const QUICK_MS = 60
/** Nothing linear takes this long at LARGE; there is no need to repeat it. */
const HOPELESS_MS = 3000
/** Linear work takes 4 times as long, quadratic 16 times. */
const MAX_GROWTH = 9

const UNITS = [
  ...[
    'a',
    ' ',
    '\n',
    'a\n',
    ' \n',
    '\0',
    '\ud83d',
    '\u202e',
    '😀',
    '😀\u200d',
    '🇩',
    '1',
    '\u0301',
    'ab ',
  ],
  ...[':', ':a', ':joy:', ':joy', '&', '&amp;', '&#58;', '&#', '&a', '&foo;', ';'],
  ...[
    '[',
    ']',
    '[b',
    '[b]',
    '[/b]',
    '[b]x[/b]',
    '[b][i]x[/b]',
    '[code]',
    '[code]x[/code]',
    '[quote]',
  ],
  ...[
    '[url]',
    '[url=',
    '[url=x',
    '[url=x]',
    '[url=x]y[/url]',
    '[url=javascript:x]y',
    '[user=1]',
    '[/url]',
  ],
  ...['>>', '>>a\n', '------', '------\n', '[b ', ':f09f918b', ':f09f918b:', '[br]'],
  ...[
    '<',
    '>',
    '<b',
    '<b>',
    '</b>',
    '<b>x</b>',
    '<i></b>',
    '<p>',
    '<p>x',
    '<br>',
    '<li>x',
    '<!--',
    '<!',
  ],
  ...[
    '<a href="x">',
    '<a href="x',
    '<a x',
    '<script>',
    '<![CDATA[',
    '<ul><li>',
    '<b> ',
    '<blockquote>',
  ],
  ...[
    '*',
    '_',
    '~',
    '|',
    '`',
    '\\',
    '*a',
    'a*',
    '*a ',
    '*a_',
    '_a*',
    '**a',
    'a**b',
    '***a',
    '~~a',
    '||a',
  ],
  ...[
    '`a',
    '``a`',
    '```\n',
    '~~~\n',
    '[a](',
    '[a](b',
    '[a](b)',
    '[a](<',
    '[a](b "',
    '[a](b (',
    '![',
    '![a](b)',
  ],
  ...[
    '](',
    '[[a](b)',
    '> ',
    '>\n',
    '> a\n',
    '>> a\n> b\n',
    '- a\n',
    '# a\n',
    '***\n',
    '=\n',
    '1. a\n',
    '\\\n',
    '<a:b',
    '<a@b.cd>',
  ],
]

/** Texts that need more than a repeated unit: long look-backs and look-aheads. */
const SHAPES: readonly ((size: number) => string)[] = [
  (size) => `${'['.repeat(size / 2)}](b)`,
  (size) => `${'['.repeat(size / 2)}${'[a](b)'.repeat(size / 12)}`,
  (size) => `${'*'.repeat(size / 2)}a${'*'.repeat(size / 2)}`,
  (size) => `${'a **b'.repeat(size / 10)}${'c** '.repeat(size / 8)}`,
  (size) => `${'*a _b '.repeat(size / 12)}${'c_ d* '.repeat(size / 12)}`,
  (size) => `${'[b]'.repeat(size / 6)}${'[/b]'.repeat(size / 8)}`,
  (size) => `${'<i>'.repeat(100)}${'</b>'.repeat(size / 4)}`,
  (size) => `${'[url]'.repeat(100)}${'[b]x[/b]'.repeat(size / 8)}`,
  (size) => `${'<a href="javascript:x">'.repeat(100)}${'<b>x</b>'.repeat(size / 8)}`,
  (size) => `${'<ul>'.repeat(100)}${'<b>x</b>'.repeat(size / 8)}`,
  (size) => `${'> '.repeat(60)}${'*a* '.repeat(size / 4)}`,
  (size) => `x${' '.repeat(size)}x`,
  (size) => `x${'\n'.repeat(size)}x`,
]

const PARSERS: readonly TextFormat[] = (
  ['bbcode', 'markdown', 'html', 'plain', 'bitrix'] as const
).map((text) => ({ text, emoji: 'shortname' }))

/** The least of five: what else the machine does only adds to it. */
function leastOf(work: () => unknown): number {
  return Math.min(...Array.from({ length: 5 }, () => processorTimeOf(work)))
}

/** Whether any of `times` runs takes less than `ms`; the first that does ends it. */
function isEverBelow(ms: number, times: number, work: () => unknown): boolean {
  return Array.from({ length: times }).some(() => processorTimeOf(work) < ms)
}

/** `make` gives the work on an input of some size. What is linear may look otherwise once, on a busy machine. */
function assertLinear(make: (size: number) => () => unknown, what: string): void {
  const large = make(LARGE)
  const first = processorTimeOf(large)
  if (first < QUICK_MS) return
  const second = processorTimeOf(large)
  if (second < QUICK_MS) return
  assert.ok(first < HOPELESS_MS, `${what}: took ${first.toFixed(0)} ms`)
  const small = make(SMALL)
  const growths: number[] = []
  for (let round = 0; round < 3; round++) {
    const least = leastOf(small)
    const most = MAX_GROWTH * least
    // The least of five is below it as soon as one is.
    if (Math.min(first, second) < most || isEverBelow(most, 5, large)) return
    growths.push(leastOf(large) / least)
  }
  const growth = Math.min(...growths).toFixed(1)
  assert.fail(`${what}: 4 times the input took ${growth} times as long`)
}

function repeated(unit: string, size: number): string {
  return unit.repeat(Math.ceil(size / unit.length))
}

describe('work grows with the text', () => {
  for (const format of PARSERS) {
    it(`when ${format.text} is read`, () => {
      for (const unit of UNITS) {
        assertLinear((size) => {
          const source = repeated(unit, size)
          return () => parseText(source, format)
        }, JSON.stringify(unit))
      }
      for (const shape of SHAPES) {
        assertLinear((size) => {
          const source = shape(size)
          return () => parseText(source, format)
        }, shape.toString())
      }
    })

    it(`when ${format.text} is written`, () => {
      for (const unit of UNITS) {
        assertLinear((size) => {
          const text = plainText(repeated(unit, size))
          return () => renderText(text, format)
        }, JSON.stringify(unit))
      }
      for (const [name, nodes] of Object.entries(TREES)) {
        assertLinear((size) => {
          const text = nodes(size)
          return () => renderText(text, format)
        }, name)
      }
    })
  }

  it('when a text is split', () => {
    const measure = (text: RichText): number => visibleText(text).length
    const trees: Readonly<Record<string, (size: number) => RichText>> = { ...TREES }
    for (const limit of [100, 4000]) {
      for (const [name, nodes] of Object.entries(trees)) {
        assertLinear((size) => {
          const text = nodes(size)
          return () => splitRichText(text, limit, measure)
        }, name)
      }
      for (const unit of ['a', ' ', '\n', 'ab ', 'a. ', '😀', '😀\u200d', '🇩', '\u0301', '。']) {
        assertLinear((size) => {
          const text = plainText(repeated(unit, size))
          return () => splitRichText(text, limit, measure)
        }, JSON.stringify(unit))
      }
    }
  })
})

const TREES: Readonly<Record<string, (size: number) => RichText>> = {
  'many styles': (size) =>
    many(size / 8, (index) => styled(index % 2 === 0 ? 'bold' : 'italic', 'ab c ')),
  'many quotes': (size) => many(size / 8, () => styled('quote', 'ab\ncd')),
  'many links': (size) => many(size / 8, () => link('ab c')),
  'many codes': (size) => many(size / 8, () => ({ type: 'code', value: 'a`b' })),
  'many letters in styles': (size) =>
    many(size / 8, (index) => styled(index % 2 === 0 ? 'italic' : 'bold', '"')),
  'one style around many texts': (size) => [
    { type: 'bold', children: many(size / 8, () => ({ type: 'text', value: ' ab ' })) },
  ],
  'styles in one another': (size) => [
    nested(
      90,
      many(size / 8, () => styled('italic', 'a')),
    ),
  ],
  'links in one another': (size) => [
    nestedLinks(
      90,
      many(size / 64, () => styled('italic', 'a')),
    ),
  ],
}

function many(count: number, make: (index: number) => TextNode): RichText {
  return Array.from({ length: count }, (_, index) => make(index))
}

function styled(type: 'bold' | 'italic' | 'quote', value: string): TextNode {
  return { type, children: plainText(value) }
}

function link(label: string): TextNode {
  return { type: 'link', href: 'https://a.b', children: plainText(label) }
}

function nested(depth: number, children: RichText): TextNode {
  return { type: 'bold', children: depth === 0 ? children : [nested(depth - 1, children)] }
}

function nestedLinks(depth: number, children: RichText): TextNode {
  const inner = depth === 0 ? children : [nestedLinks(depth - 1, children)]
  return { type: 'link', href: 'https://a.b', children: inner }
}
