import { plainText, type RichText, type TextNode } from '../core/rich-text.ts'
import { decodeText } from './emoji.ts'
import { type EscapeRules, TextWriter } from './escape.ts'

const ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '<br>',
}
const CHARACTER: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
}
const SAFE_SCHEMES = new Set(['http:', 'https:', 'tel:', 'mailto:'])

const AROUND: Readonly<Partial<Record<TextNode['type'], string>>> = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strike: 's',
  quote: 'blockquote',
}

/**
 * Rich text → HTML that may be put into a page as it is: everything typed is escaped, links lead to http, https, tel and
 * mailto addresses only. Spoilers are `<span class="spoiler">`, mentions `<span data-user="id">`.
 */
export function renderHtml(text: RichText, hasNames: boolean): string {
  const rules: EscapeRules = {
    hasNames,
    hasEscapes: false,
    markup: /[&<>"\n]/g,
    markupEscape: (character) => ENTITY[character] ?? character,
  }
  const writer = new TextWriter(rules)
  for (const node of text) writeNode(node, writer)
  return writer.finish()
}

function writeNode(node: TextNode, writer: TextWriter): void {
  if (node.type === 'text') writer.text(node.value)
  else if (node.type === 'emoji') writer.emoji(node.value)
  else if (node.type === 'code') writer.markup(`<code>${escapeHtml(node.value)}</code>`)
  else if (node.type === 'pre') writer.markup(`<pre>${escapeHtml(node.value)}</pre>`)
  else {
    const [open, close] = tagsOf(node)
    if (open !== '') writer.markup(open)
    for (const child of node.children) writeNode(child, writer)
    if (close !== '') writer.markup(close)
  }
}

function tagsOf(node: Extract<TextNode, { children: RichText }>): [open: string, close: string] {
  if (node.type === 'spoiler') return ['<span class="spoiler">', '</span>']
  if (node.type === 'mention') return [`<span data-user="${escapeHtml(node.id)}">`, '</span>']
  if (node.type === 'link') {
    const url = URL.parse(node.href)
    if (!url || !SAFE_SCHEMES.has(url.protocol)) return ['', '']
    return [`<a href="${escapeHtml(url.href)}">`, '</a>']
  }
  const tag = AROUND[node.type]
  return tag === undefined ? ['', ''] : [`<${tag}>`, `</${tag}>`]
}

function escapeHtml(value: string): string {
  return value.replace(/[&<>"]/g, (character) => ENTITY[character] ?? character)
}

const TOKEN = /<br\s{0,9}\/?>|<\/?[a-z][^<>]*>|&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi

/** HTML → text: `<br>` is a line break, other tags are left out, character references are read. Unknown ones stay. */
export function parseHtml(source: string, hasNames: boolean): RichText {
  // Short names first: a reference such as `&#58;` stands for a colon that begins none.
  const parts: string[] = []
  let from = 0
  for (const match of source.matchAll(TOKEN)) {
    parts.push(named(source.slice(from, match.index), hasNames), readToken(match))
    from = match.index + match[0].length
  }
  parts.push(named(source.slice(from), hasNames))
  return plainText(parts.join(''))
}

function named(value: string, hasNames: boolean): string {
  return hasNames ? decodeText(value, true) : value
}

function readToken(match: RegExpExecArray): string {
  const [whole, decimal, hex, name] = match
  if (whole.startsWith('<')) return /^<br/i.test(whole) ? '\n' : ''
  if (name !== undefined) return CHARACTER[name.toLowerCase()] ?? whole
  const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
}
