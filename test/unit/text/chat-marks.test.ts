import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { plainText, type RichText } from '../../../src/core/rich-text.ts'
import { SLACK_MARKS } from '../../../src/text/channels/slack.ts'
import { readChatMarks } from '../../../src/text/chat-marks-reader.ts'
import { renderChatMarks } from '../../../src/text/chat-marks-writer.ts'

const WRITING = {
  rules: SLACK_MARKS,
  text: (typed: string) => typed,
  code: (typed: string) => typed,
  link: () => undefined,
  mention: () => undefined,
}

function write(tree: RichText): string {
  return renderChatMarks(tree, WRITING)
}

function read(source: string): RichText {
  return readChatMarks([source], SLACK_MARKS)
}

type MarkType = 'bold' | 'italic' | 'strike'

function text(value: string): RichText[number] {
  return { type: 'text', value }
}

function wrap(type: MarkType, value: string): RichText[number] {
  return { type, children: plainText(value) }
}

function quote(value: string): RichText[number] {
  return { type: 'quote', children: plainText(value) }
}

describe('the marks of a chat', () => {
  const cases: readonly [source: string, tree: RichText][] = [
    [
      '*a* _b_ ~c~',
      [wrap('bold', 'a'), text(' '), wrap('italic', 'b'), text(' '), wrap('strike', 'c')],
    ],
    ['a*b* *c*d', [text('a*b* *c*d')]],
    ['* a* *b *', [text('* a* *b *')]],
    ['**a**', [text('**a**')]],
    ['*a\nb*', [text('*a\nb*')]],
    [
      '(*a*), "_b_".',
      [text('('), wrap('bold', 'a'), text('), "'), wrap('italic', 'b'), text('".')],
    ],
    ['*a _b* c_', [wrap('bold', 'a _b'), text(' c_')]],
    ['`*a*`', [{ type: 'code', value: '*a*' }]],
    ['``', [text('``')]],
    ['`a\nb`', [text('`a\nb`')]],
    ['```\n*b*\n```', [{ type: 'pre', value: '*b*' }]],
    ['``````', [text('``````')]],
    ['> a\n> b\nc', [quote('a\nb'), text('\nc')]],
    ['>a', [quote('a')]],
    ['>', [text('>')]],
    ['> a\n>\n> b', [quote('a\n\nb')]],
    ['a\n>>> b\n\nc', [text('a\n'), quote('b\n\nc')]],
    ['>>>', [quote('>>')]],
  ]
  for (const [source, expected] of cases) {
    it(`in ${JSON.stringify(source)} are read as they are shown`, () => {
      assert.deepEqual(read(source), expected)
    })
  }
})

describe('typed text', () => {
  it('is written as it is where nothing in it could be read', () => {
    for (const value of ['2 * 3 * 4', 'snake_case_name', 'a*b*c', '**x**', 'C:\\a_b', '5*', '`']) {
      assert.equal(write(plainText(value)), value)
    }
  })

  it('is guarded where two of its marks would find each other', () => {
    assert.equal(write(plainText('*a*')), '<!date^0^{_}|*>a<!date^0^{_}|*>')
    assert.equal(write(plainText('*a\nb*')), '*a\nb*')
    assert.equal(write([text('*'), wrap('italic', 'x')]), '<!date^0^{_}|*>_x_')
  })
})

describe('a tree of words and marks', () => {
  it('comes back the same', () => {
    const word = fc.constantFrom('a', 'Привет', 'x1')
    const marked = fc.tuple(fc.constantFrom<MarkType>('bold', 'italic', 'strike'), word)
    const line = fc
      .array(fc.tuple(word, marked), { minLength: 1, maxLength: 5 })
      .map((pairs) =>
        pairs.flatMap(([before, [type, value]], index) => [
          text(`${index > 0 ? ' ' : ''}${before} `),
          wrap(type, value),
        ]),
      )
    fc.assert(fc.property(line, (nodes) => assert.deepEqual(read(write(nodes)), nodes)))
  })
})
