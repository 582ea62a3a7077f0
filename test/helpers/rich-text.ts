import fc from 'fast-check'
import type { RichText, TextNode } from '../../src/core/rich-text.ts'

/** Pieces that mean something to one of the parsers, so that random strings hit the awkward joints. */
const BBCODE = [
  ...['[', ']', '[/', '[b]', '[/b]', '[i]', '[/i]', '[u]', '[s]', '[quote]', '[/quote]', '[br]'],
  ...[
    '[code]',
    '[/code]',
    '[pre]',
    '[/pre]',
    '[url',
    '[url]',
    '[url=',
    '[/url]',
    '[user=',
    '[user',
  ],
  ...['[/user]', '[url=http://a.b/?x=:joy:]', '[spoiler]', '&#91;', '&#58;', '#58;', '='],
]
const HTML = [
  ...['<', '>', '</', '<b>', '</b>', '<br>', '<br/>', '<a href="', '">', '</a>', '<!--', '-->'],
  ...['<script>', '</script>', '<p>', '<![CDATA[', '<at id="1">', '</at>', '<ss type="smile">'],
  ...['&', 'amp;', '&amp;', '&lt;', '&gt', '&nbsp;', '&#0;', '&#xD800;', '&copy', '"', "'", '/>'],
]
const MARKDOWN = [
  ...['*', '**', '_', '__', '~', '~~', '`', '```', '||', '\\', '#', '# ', '- ', '+ ', '1. ', '> '],
  ...['![', '](', '](<', '(', ')', '---', '===', '\t', '    ', '  \n', '<https://a.b>', '| a |'],
]
const EMOJI = [
  ...[
    '😀',
    '👍🏽',
    '❤',
    '❤️',
    '⚡️',
    '☺',
    '©',
    '™️',
    '\uFE0F',
    '\u200D',
    '👩‍👩‍👧',
    '🇩',
    '🇪',
    '1️⃣',
    '1',
  ],
  ...[':', ':joy:', ':+1:', ':smile', 'joy:', '(smiley)', ':)', ':-)', '8)', '10:30:45', '(see 8)'],
]
const OTHER = [
  ...['\n', ' ', '  ', '\r', '\r\n', 'a', 'b', 'Привет', '\u00a0', '\u202e', '\u2028', '\u0301'],
  ...['javascript:alert(1)', 'https://a.b/c_d_e', 'ann@example.com', 'data:text/html,x', '@', '!'],
]
const CONTROLS = ['\0', '\u0001', '\u0008', '\u000b', '\f', '\u001b', '\u007f', '\u0080', '\u009f']
const HALVES = ['\ud83d', '\ude00', '\udc00\ud800']

interface NastyOptions {
  /** NUL and the other control characters but newline, tab and carriage return, and noncharacters; true if absent. */
  readonly hasControls?: boolean
  /** Unpaired surrogates; true if absent. */
  readonly hasHalves?: boolean
}

/** Any string at all, most often made of what means something to a parser. */
export function nastyString(options: NastyOptions = {}): fc.Arbitrary<string> {
  const { hasControls = true, hasHalves = true } = options
  const families = [BBCODE, HTML, MARKDOWN, EMOJI, OTHER]
  if (hasControls) families.push(CONTROLS)
  if (hasHalves) families.push(HALVES)
  const piece = fc.oneof(...families.map((family) => fc.constantFrom(...family)))
  const joined = fc.array(piece, { maxLength: 16 }).map((parts) => parts.join(''))
  const any = fc.oneof(
    { weight: 5, arbitrary: joined },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  )
  return any.map((value) => tame(value, hasControls, hasHalves))
}

function tame(value: string, hasControls: boolean, hasHalves: boolean): string {
  const well = hasHalves ? value : value.toWellFormed().replaceAll('\ufffd', '')
  return hasControls ? well : well.replace(/[^\P{Cc}\t\n\r]|\p{Noncharacter_Code_Point}/gu, '')
}

export interface RichTextOptions {
  /** Kinds of node that may occur; all if absent. */
  readonly types?: readonly TextNode['type'][]
  /** Values of text, code and pre; `nastyString()` if absent. */
  readonly text?: fc.Arbitrary<string>
  /** Web, telephone and mail addresses if absent. */
  readonly href?: fc.Arbitrary<string>
  /** Ids of people; the forms that channels use if absent. */
  readonly id?: fc.Arbitrary<string>
  /** Deepest nesting; 4 if absent. */
  readonly maxDepth?: number
}

/** As `fc.record`, with ordinary objects, so that deepEqual compares them with ours. */
function record<T extends object>(
  values: { [K in keyof T]: fc.Arbitrary<T[K]> },
  optional: (keyof T)[] = [],
): fc.Arbitrary<T> {
  const required = (Object.keys(values) as (keyof T)[]).filter((key) => !optional.includes(key))
  return fc.record(values, { requiredKeys: required, noNullPrototype: true }) as fc.Arbitrary<T>
}

const ALL_TYPES: readonly TextNode['type'][] = [
  ...(['text', 'emoji', 'bold', 'italic', 'underline', 'strike', 'quote', 'spoiler'] as const),
  ...(['code', 'pre', 'link', 'mention'] as const),
]
const HREFS = [
  ...['https://a.b', 'http://example.com/x?y=1&z=2#top', 'https://ru.wikipedia.org/wiki/A_(b)_c'],
  ...[
    'mailto:ann@example.com',
    'tel:+4930123456',
    "https://a.b/it's*_~%60|",
    'https://a.b/&amp;&#58;&#91;',
  ],
]
const IDS = ['55', '29:1aB_-xyz', 'U024BE7LH:T0', '8:orgid:0c1e', 'bcf.1&2;', 'ann@example.com']
const EMOJI_VALUES = ['😀', '👍🏽', '❤️', '👩‍👩‍👧', '🇩🇪', '1️⃣', '⚡']

/**
 * Trees of any shape: empty values, empty wrappers, neighbouring texts and the same node inside itself occur. `normalise`
 * gives the form in which a parser would write them.
 */
export function richTextArbitrary(options: RichTextOptions = {}): fc.Arbitrary<RichText> {
  const types = new Set(options.types ?? ALL_TYPES)
  const value = options.text ?? nastyString()
  const maxDepth = options.maxDepth ?? 4
  const { tree } = fc.letrec<{ tree: RichText; node: TextNode }>((tie) => {
    const children = tie('tree')
    const byType: Readonly<Record<string, fc.Arbitrary<TextNode>>> = {
      text: record({ type: fc.constant('text'), value }),
      emoji: record({ type: fc.constant('emoji'), value: fc.constantFrom(...EMOJI_VALUES) }),
      code: record({ type: fc.constant('code'), value }),
      pre: record(
        {
          type: fc.constant('pre'),
          value,
          language: fc.constantFrom('js', 'c++', 'objective-c', 'c#'),
        },
        ['language'],
      ),
      link: record({
        type: fc.constant('link'),
        href: options.href ?? fc.constantFrom(...HREFS),
        children,
      }),
      mention: record({
        type: fc.constant('mention'),
        id: options.id ?? fc.constantFrom(...IDS),
        children,
      }),
    }
    const wrapper = (type: TextNode['type']) =>
      record({ type: fc.constant(type), children }) as fc.Arbitrary<TextNode>
    const kinds = [...types].map((type) => byType[type] ?? wrapper(type))
    return {
      tree: fc.array(tie('node'), { maxLength: 4, depthIdentifier: 'rich-text' }),
      node: fc.oneof(
        { maxDepth, depthSize: 'small', withCrossShrink: true, depthIdentifier: 'rich-text' },
        byType['text'] as fc.Arbitrary<TextNode>,
        ...kinds,
      ),
    }
  })
  return tree
}

/**
 * The form in which parsers write a tree: neighbouring texts are one, nothing is empty, an emoji is text with its Unicode
 * form. A link or mention without a label has its address or id for one.
 */
export function normalise(text: RichText): RichText {
  const nodes: TextNode[] = []
  for (const node of text) append(nodes, normaliseNode(node))
  return nodes
}

/** A link or mention within a link or mention is what is inside it. Where those don't nest, only such trees come back. */
export function withoutInnerLinks(text: RichText, isInLink = false): RichText {
  return text.flatMap((node): RichText => {
    if (!('children' in node)) return [node]
    const isLink = node.type === 'link' || node.type === 'mention'
    const children = withoutInnerLinks(node.children, isInLink || isLink)
    return isLink && isInLink ? children : [{ ...node, children }]
  })
}

/** How many nodes stand inside one another. */
export function depthOf(text: RichText): number {
  return text.reduce((depth, node) => {
    return 'children' in node ? Math.max(depth, depthOf(node.children) + 1) : depth
  }, 0)
}

function normaliseNode(node: TextNode): TextNode | undefined {
  if (!('children' in node)) {
    if (node.value === '') return undefined
    return node.type === 'emoji' ? { type: 'text', value: node.value } : node
  }
  const children = normalise(node.children)
  if (children.length > 0) return { ...node, children }
  if (node.type === 'link') return { ...node, children: [{ type: 'text', value: node.href }] }
  if (node.type === 'mention') return { ...node, children: [{ type: 'text', value: node.id }] }
  return undefined
}

/** Adds a node at the end of a tree under construction; two texts become one. */
function append(nodes: TextNode[], node: TextNode | undefined): void {
  const last = nodes.at(-1)
  if (!node) return
  if (node.type === 'text' && last?.type === 'text') {
    nodes[nodes.length - 1] = { type: 'text', value: last.value + node.value }
  } else nodes.push(node)
}
