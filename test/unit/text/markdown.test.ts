import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import MarkdownIt, { type MarkdownIt as Parser, type Token } from 'markdown-it'
import { plainText, type RichText, type TextNode } from '../../../src/core/rich-text.ts'
import { isLinkHref } from '../../../src/text/links.ts'
import { renderMarkdown } from '../../../src/text/markdown.ts'
import { parseMarkdown } from '../../../src/text/markdown-reader.ts'
import { nastyString, normalise, richTextArbitrary } from '../../helpers/rich-text.ts'

/** A visible character with what it is shown in, such as `bold link:https://a.b`. */
type Styled = readonly [sign: string, style: string]

/** As it comes, but that addresses stay as they are written, and ours are accepted. */
const markdownIt = newMarkdownIt()
/** Without what is text here by intention: parseMarkdown says why. */
const markdownItForChats = newMarkdownIt()
markdownItForChats.disable([
  'heading',
  'lheading',
  'list',
  'hr',
  'table',
  'code',
  'reference',
  'image',
])

function newMarkdownIt(): Parser {
  const parser = new MarkdownIt({ breaks: true })
  parser.normalizeLink = (href) => href
  parser.validateLink = isLinkHref
  return parser
}

/** The characters that markdown-it shows, but for spaces: those at the ends of lines are a matter of its own. */
function shownByMarkdownIt(source: string, parser: Parser): Styled[] {
  return parser.parse(source, {}).flatMap((block) => {
    if (block.type === 'fence') return styled(block.content, ['pre'])
    return shownInline(block.children ?? [])
  })
}

function shownInline(tokens: readonly Token[]): Styled[] {
  const open: string[] = []
  return tokens.flatMap((token) => {
    if (token.nesting > 0) open.push(styleOf(token.tag, String(token.attrGet('href'))))
    else if (token.nesting < 0) open.pop()
    else return styled(token.content, token.type === 'code_inline' ? [...open, 'code'] : open)
    return []
  })
}

function styleOf(tag: string, href: string): string {
  if (tag === 'a') return `link:${href}`
  return { strong: 'bold', em: 'italic', s: 'strike' }[tag] ?? tag
}

function shownByUs(text: RichText, open: readonly string[] = []): Styled[] {
  return text.flatMap((node) => {
    if (node.type === 'pre') return styled(node.value, ['pre'])
    if (!('children' in node)) return styled(node.value, isCode(node) ? [...open, node.type] : open)
    if (node.type === 'quote') return shownByUs(node.children, open)
    return shownByUs(node.children, [...open, nameOf(node)])
  })
}

function nameOf(node: TextNode): string {
  if (node.type === 'link') return `link:${node.href}`
  return node.type === 'mention' ? `link:user:${node.id}` : node.type
}

function isCode({ type }: TextNode): boolean {
  return type === 'code' || type === 'pre'
}

function styled(value: string, open: readonly string[]): Styled[] {
  const style = [...new Set(open)].sort().join(' ')
  return value
    .split('')
    .filter((sign) => sign.trim() !== '')
    .map((sign) => [sign, style])
}

/**
 * Where we differ, so that nothing is lost: a link without address or label, an address as a label, and lines that
 * markdown-it was told to leave alone. To markdown-it, but not to CommonMark, a label's end is like a space.
 */
const DELIBERATE =
  /\]\(\s*(?:<>)?\s*(?:\)|["'(])|\[\]\(|\[.*<.*>.*\]\(|[*_~]\]|^ {0,3}(?:>|`{3}|~{3}|(?:[*_-] *){3,}$|[-+*] )/m

function assertSame(start: string): void {
  const source = `x${start}`
  fc.pre(!DELIBERATE.test(source))
  const theirs = shownByMarkdownIt(source, markdownItForChats)
  assert.deepEqual(shownByUs(parseMarkdown(source, false)), theirs, JSON.stringify(source))
}

function strings(...pieces: string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(''))
}

describe('Markdown as markdown-it shows it', () => {
  const families: [what: string, source: fc.Arbitrary<string>][] = [
    ['emphasis', strings('*', '**', '_', '__', '***', 'a', 'b', ' ', '.', 'é', '(', '😀', '\n')],
    ['strike', strings('~~', '~', '~~~~', '*', 'a', 'b', ' ', '.')],
    ['code', strings('`', '``', '```', 'a', ' ', '*', '\\', 'b')],
    [
      'escapes',
      strings('\\', '*', 'a', '&amp;', '&', '#42;', '&#42;', '&copy;', ';', '<', '\n', '_'),
    ],
    ['links', strings('[', ']', '](', '](b)', '(', ')', 'a', '*', ' ', '<', '>', '\\', '"', '`')],
    ['titles', strings('[a](', '[a](b ', '"', "'", '(', ')', 'c', ' ', '\\', '\n')],
    ['autolinks', strings('<', '>', 'https://', 'a', 'a@b.cd', 'mailto:', '*', '[', '](b)', '\\')],
    ['paragraphs', strings('*', '**', 'a', 'b', '\n', '\n\n', '`', '  \n', '[a](b)')],
  ]
  for (const [what, source] of families) {
    it(`agrees about ${what}`, () => {
      fc.assert(fc.property(source, assertSame), { numRuns: 3000 })
    })
  }
})

/** Every character with the styles it is in, spaces without. What Markdown can't say is left out of `text` before. */
function looks(text: RichText, open: readonly string[] = []): Styled[] {
  return text.flatMap((node) => {
    if ('children' in node) {
      const style = JSON.stringify({ ...node, children: undefined })
      return looks(node.children, node.type === 'underline' ? open : [...open, style])
    }
    const style = isCode(node) ? JSON.stringify({ ...node, value: undefined }) : undefined
    // No style goes over a block of code.
    const quotes = open.filter((outer) => outer.includes('"quote"'))
    const around = node.type === 'pre' ? quotes : open
    return node.value.split('').map((sign): Styled => {
      if (sign.trim() === '') return [sign, '']
      return [sign, [...stylesOf(around), ...(style ? [style] : [])].sort().join(' ')]
    })
  })
}

/** A style within itself is one; a quote isn't. */
function stylesOf(open: readonly string[]): string[] {
  return open.filter((style, index) => style.includes('"quote"') || open.indexOf(style) === index)
}

/** Links within links, and labels with nothing to see, have tests of their own. */
function withPlainLinks(text: RichText, isInLink = false): RichText {
  return text.flatMap((node): RichText => {
    if (node.type === 'pre' && (node.value.trim() === '' || isInLink)) return []
    if (!('children' in node)) return [node]
    const isLink = node.type === 'link' || node.type === 'mention'
    const children = withPlainLinks(node.children, isInLink || isLink)
    if (isLink && isInLink) return children
    return [{ ...node, children: isLink ? [...plainText('x'), ...children] : children }]
  })
}

/** CommonMark's line ends, and its character for NUL. */
function markdownValue(value: string): string {
  return value.replace(/\r\n?/g, '\n').replaceAll('\0', '\ufffd')
}

const text = richTextArbitrary({ text: nastyString().map(markdownValue) }).map((tree) =>
  normalise(withPlainLinks(tree)),
)

describe('a tree as Markdown', () => {
  for (const hasNames of [false, true]) {
    it(`comes back in the same styles, names of emoji: ${hasNames}`, () => {
      fc.assert(
        fc.property(text, (tree) => {
          const source = renderMarkdown(tree, hasNames)
          assert.deepEqual(looks(parseMarkdown(source, hasNames)), looks(tree), source)
        }),
        { numRuns: 3000 },
      )
    })
  }

  it('is no definition of a reference where code in a link looks like one', () => {
    const code = { type: 'code', value: ']:joy:' } as const
    const tree: RichText = [{ type: 'link', href: 'https://a.b', children: [code] }]
    const source = renderMarkdown(tree, false)
    assert.deepEqual(shownByMarkdownIt(source, markdownIt), shownByUs(tree), source)
    assert.deepEqual(parseMarkdown(source, false), tree)
  })

  it('is shown by markdown-it as it is', () => {
    const types = ['bold', 'italic', 'strike', 'quote', 'code', 'pre', 'link', 'mention'] as const
    const value = nastyString({ hasControls: false }).map(markdownValue)
    const id = fc.constantFrom('55', '29:1aB_-xyz', 'ann@example.com')
    const trees = richTextArbitrary({ types: ['text', ...types], text: value, id })
    fc.assert(
      fc.property(trees.map(withPlainLinks).map(normalise), (tree) => {
        const source = renderMarkdown(tree, false)
        assert.deepEqual(shownByMarkdownIt(source, markdownIt), shownByUs(tree), source)
      }),
      { numRuns: 3000 },
    )
  })
})
