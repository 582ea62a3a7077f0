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
import { renderHtml } from '../../../src/text/html.ts'
import {
  countCodePoints,
  countUtf8Bytes,
  countUtf16,
  type Measure,
  splitRichText,
} from '../../../src/text/splitter.ts'
import { nastyString, normalise, richTextArbitrary } from '../../helpers/rich-text.ts'

const visibleLength: Measure = (text) => visibleText(text).length
const MEASURES: Readonly<Record<string, Measure>> = {
  'visible UTF-16 units': (text) => countUtf16(visibleText(text)),
  'visible code points': (text) => countCodePoints(visibleText(text)),
  'bytes of HTML': (text) => countUtf8Bytes(renderHtml(text, false)),
  'BBCode with short names': (text) => renderBbcode(text, true).length,
}

function split(text: string | RichText, limit: number): string[] {
  const tree = typeof text === 'string' ? plainText(text) : text
  return splitRichText(tree, limit, visibleLength).map(visibleText)
}

function bold(children: string | RichText): TextNode {
  return {
    type: 'bold',
    children: typeof children === 'string' ? plainText(children) : children,
  }
}

function link(label: string, href = 'https://a.b'): TextNode {
  return { type: 'link', href, children: plainText(label) }
}

describe('splitting a text', () => {
  const cases: [what: string, text: string | RichText, limit: number, parts: string[]][] = [
    ['leaves what fits alone', ' a\n', 3, [' a\n']],
    ['fills a part to the last unit', 'aaaaaa', 4, ['aaaa', 'aa']],
    ['prefers the end of a line', 'aaa bb\ncc dd', 9, ['aaa bb', 'cc dd']],
    ['passes over a line that ends early', 'a\nbbb ccc ddd', 10, ['a\nbbb ccc', 'ddd']],
    ['then takes the end of a sentence', 'aa aa. bb cc dd', 11, ['aa aa.', 'bb cc dd']],
    ['sees a sentence end in front of a quote', 'aa aa.» bb cc dd', 12, ['aa aa.»', 'bb cc dd']],
    ['knows ideographic stops', '我们好。他们也好吗', 7, ['我们好。', '他们也好吗']],
    ['then takes the end of a word', 'aaa bbb ccc', 9, ['aaa bbb', 'ccc']],
    ['takes a word end early in the part sooner than none', 'a bbbbbbbb', 8, ['a', 'bbbbbbbb']],
    ['cuts a word that is too long', 'a bbbbbbbbb', 4, ['a', 'bbbb', 'bbbb', 'b']],
    ['leaves out spaces and line breaks at a cut', 'aaaa  \n\n  bbbb', 6, ['aaaa', '  bbbb']],
    ['leaves out parts without anything to see', 'aa      \n       bb', 3, ['aa', 'bb']],
    ['gives no part of blanks', '     ', 3, []],
    ['keeps surrogate pairs', '😀😀😀', 3, ['😀', '😀', '😀']],
    ['keeps flags', '🇩🇪🇫🇷🇬🇧', 6, ['🇩🇪', '🇫🇷', '🇬🇧']],
    ['keeps ZWJ sequences', 'aaaa👩‍👩‍👧', 8, ['aaaa', '👩‍👩‍👧']],
    ['keeps a base with its marks', 'aaae\u0301\u0302', 5, ['aaa', 'e\u0301\u0302']],
    ['keeps a link', [...plainText('aaaa'), link('bb bb')], 7, ['aaaa', 'bb bb']],
    ['cuts between links', [link('aa a'), link('bb b')], 5, ['aa a', 'bb b']],
    ['cuts the label of a long link', [link('bb bb bb')], 6, ['bb bb', 'bb']],
    ['keeps code', [...plainText('aaa'), { type: 'code', value: 'b b b' }], 7, ['aaa', 'b b b']],
    [
      'keeps a marked emoji',
      [...plainText('aa'), { type: 'emoji', value: ':a b:' }],
      5,
      ['aa', ':a b:'],
    ],
    [
      'takes the edge of a quote for the end of a line',
      [...plainText('aa aa'), { type: 'quote', children: plainText('bb bb') }],
      8,
      ['aa aa', 'bb bb'],
    ],
    ['keeps the indentation of code', [{ type: 'pre', value: 'aaaa\n  bb' }], 6, ['aaaa', '  bb']],
  ]
  for (const [what, text, limit, parts] of cases) {
    it(what, () => assert.deepEqual(split(text, limit), parts))
  }

  it('closes markup at a cut and opens it again', () => {
    const text: RichText = [bold([{ type: 'italic', children: plainText('aaa bbb') }, link('ccc')])]
    assert.deepEqual(splitRichText(text, 5, visibleLength), [
      [bold([{ type: 'italic', children: plainText('aaa') }])],
      [bold([{ type: 'italic', children: plainText('bbb') }])],
      [bold([link('ccc')])],
    ])
  })

  it('keeps the language of code in each part', () => {
    const text: RichText = [{ type: 'pre', value: 'aaa\nbbb', language: 'js' }]
    assert.deepEqual(splitRichText(text, 4, visibleLength), [
      [{ type: 'pre', value: 'aaa', language: 'js' }],
      [{ type: 'pre', value: 'bbb', language: 'js' }],
    ])
  })

  it('writes an address that costs most of a part behind its label', () => {
    const href = `https://a.b/${'x'.repeat(40)}`
    const text: RichText = [link('label', href), ...plainText(' and more words')]
    const parts = splitRichText(text, 60, (tree) => renderBbcode(tree, false).length)
    assert.deepEqual(parts.map(visibleText), [`label (${href})`, 'and more words'])
  })

  it('shows text without its markup where the markup alone is too long', () => {
    const text: RichText = [bold([bold([bold('abcdef')])])]
    const parts = splitRichText(text, 5, (tree) => renderBbcode(tree, false).length)
    assert.equal(parts.map(visibleText).join(''), 'abcdef')
    assert.ok(parts.every((part) => renderBbcode(part, false).length <= 5))
  })

  it('cuts earlier, with its markup, where a cut makes a part cost more', () => {
    const measure: Measure = (text) => visibleText(text).replace(/x$/, '&escaped').length
    assert.deepEqual(splitRichText([bold('aaa aax aaa')], 8, measure), [
      [bold('aaa')],
      [bold('aax aaa')],
    ])
  })

  it('cuts a ZWJ sequence without end, but not its characters', () => {
    const parts = split('👩\u200d'.repeat(3000), 1000)
    assert.equal(parts.join(''), '👩\u200d'.repeat(3000))
    assert.ok(parts.every((part) => part.length <= 1000 && part.isWellFormed()))
  })
})

describe('any text that is split', () => {
  const text = richTextArbitrary({ text: nastyString() }).map(normalise)
  for (const [name, measure] of Object.entries(MEASURES)) {
    it(`keeps everything but blanks, within the limit in ${name}`, () => {
      fc.assert(
        fc.property(text, fc.integer({ min: 12, max: 60 }), (tree, limit) => {
          const parts = splitRichText(tree, limit, measure)
          // Addresses may come behind their labels.
          assert.ok(isAmong(ink(visibleText(tree)), ink(parts.map(visibleText).join(''))))
          for (const part of parts) {
            assert.ok(measure(part) <= limit || isOneCharacter(visibleText(part)))
          }
        }),
        { numRuns: 500 },
      )
    })
  }

  it('keeps every character whole', () => {
    const value = fc.array(
      fc.constantFrom('😀', '👍🏽', '👩‍👩‍👧', '🇩🇪', 'a', ' ', 'e\u0301', '\n'),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(value, fc.integer({ min: 8, max: 20 }), (pieces, limit) => {
        const parts = split(pieces.join(''), limit)
        const whole = new Set<string>(pieces)
        for (const part of parts) {
          for (const { segment } of new Intl.Segmenter().segment(part)) {
            assert.ok(whole.has(segment), JSON.stringify({ part, segment }))
          }
        }
      }),
    )
  })

  it('shows what it showed, for texts without long addresses', () => {
    const types = ['text', 'emoji', 'bold', 'quote', 'code', 'pre'] as const
    fc.assert(
      fc.property(richTextArbitrary({ types }), fc.integer({ min: 1, max: 60 }), (tree, limit) => {
        assert.equal(ink(split(tree, limit).join('')), ink(visibleText(tree)))
      }),
    )
  })
})

describe('counting', () => {
  const cases: [value: string, utf16: number, points: number, bytes: number][] = [
    ['', 0, 0, 0],
    ['aé', 2, 2, 3],
    ['😀a', 3, 2, 5],
    ['\ud83d', 1, 1, 3],
    ['\ude00\ud83d😀', 4, 3, 10],
  ]
  for (const [value, utf16, points, bytes] of cases) {
    it(`counts ${JSON.stringify(value)}`, () => {
      assert.deepEqual(
        [countUtf16(value), countCodePoints(value), countUtf8Bytes(value)],
        [utf16, points, bytes],
      )
      assert.equal(countCodePoints(value), [...value].length)
    })
  }
})

function ink(value: string): string {
  return value.replace(/\s/g, '')
}

/** Do all characters of `value` come in `text`, in this order? */
function isAmong(value: string, text: string): boolean {
  let found = 0
  for (let index = 0; index < text.length; index += 1) if (text[index] === value[found]) found += 1
  return found === value.length
}

function isOneCharacter(value: string): boolean {
  return [...new Intl.Segmenter().segment(value)].length === 1
}
