import { type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { MAX_DEPTH } from './depth.ts'
import { type EscapeRules, TextWriter } from './escape.ts'
import { portalHtml } from './html-dialect.ts'
import { readHtml } from './html-reader.ts'
import { addressBehind, labelOr, webHref } from './links.ts'

type Wrapper = Extract<TextNode, { children: RichText }>
type Code = Extract<TextNode, { type: 'code' | 'pre' }>

const REFERENCE: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}
const MARKUP = /[&<>"\n\r]/g
/** What reads like a short name, in places where a page may look for them though there are none. */
const NAME_SHAPE = /:(?=[a-z0-9_+\-ñ]{1,80}:)/g
/** Spaces beside the tag of a block aren't shown; what a reference stands for is. */
const SPACE_BEHIND_BLOCK = /(?<=<\/pre>|<\/?blockquote>)[ \t\f]/g
const SPACE_BEFORE_BLOCK = /[ \t\f](?=<pre>|<\/?blockquote>)/g

const ELEMENT: Readonly<Partial<Record<TextNode['type'], string>>> = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strike: 's',
  quote: 'blockquote',
}

/**
 * Rich text → HTML that may be put into a page as it is. It holds these and nothing else: `<b> <i> <u> <s> <code> <br>
 * <blockquote>`, `<pre>` (with `<code class="language-…">` where the language is known), `<span class="spoiler">`,
 * `<span data-user="id">`, and `<a href>` to http, https, tel and mailto. Links elsewhere, and links within links, become
 * label and address. `parseHtml` gives back the same tree. U+FFFD stands for what HTML can't hold: NUL and unpaired
 * surrogates. To show more than one space in a row the page needs `white-space: pre-wrap`.
 */
export function renderHtml(text: RichText, hasNames: boolean): string {
  const rules: EscapeRules = {
    hasNames,
    hasEscapes: false,
    markup: MARKUP,
    markupEscape: (sign) => (sign === '\n' ? '<br>' : (REFERENCE[sign] ?? sign)),
  }
  const writer = new TextWriter(rules)
  for (const node of text) writeNode(node, writer, { depth: 0, isInLink: false, hasNames })
  return writer
    .finish()
    .replace(SPACE_BEHIND_BLOCK, encode)
    .replace(SPACE_BEFORE_BLOCK, encode)
    .replaceAll('\0', '\ufffd')
    .toWellFormed()
}

/**
 * HTML of a portal → rich text (see `portalHtml` for its elements). Any string is taken. Where no tag breaks a line
 * (`<br> <p> <div>…`) newlines of the source do, else they are spaces as in a browser.
 */
export function parseHtml(source: string, hasNames: boolean): RichText {
  return readHtml(source, portalHtml(hasNames, !/<(?:br|p|div|li|tr|h[1-6])[\s/>]/i.test(source)))
}

interface Place {
  readonly depth: number
  readonly isInLink: boolean
  readonly hasNames: boolean
}

function writeNode(node: TextNode, writer: TextWriter, place: Place): void {
  if (node.type === 'text') writer.text(node.value)
  else if (node.type === 'emoji') writer.emoji(node.value)
  else if (node.type === 'code' || node.type === 'pre')
    writer.markup(codeElement(node, place.hasNames))
  else if (node.type === 'link' || node.type === 'mention') writeLink(node, writer, place)
  else writeStyle(node, writer, place)
}

function writeStyle(node: Wrapper, writer: TextWriter, place: Place): void {
  if (node.children.length === 0) return
  const name = ELEMENT[node.type]
  if (name === undefined)
    writeElement(node.children, '<span class="spoiler">', '</span>', writer, place)
  else writeElement(node.children, `<${name}>`, `</${name}>`, writer, place)
}

function writeElement(
  children: RichText,
  open: string,
  close: string,
  writer: TextWriter,
  place: Place,
): void {
  const hasTags = place.depth < MAX_DEPTH
  if (hasTags) writer.markup(open)
  for (const child of children) writeNode(child, writer, { ...place, depth: place.depth + 1 })
  if (hasTags) writer.markup(close)
}

/** What can't be linked to keeps its address behind its label. */
function writeLink(
  node: Extract<TextNode, { type: 'link' | 'mention' }>,
  writer: TextWriter,
  place: Place,
): void {
  const name = node.type === 'link' ? node.href : node.id
  const children = labelOr(name, node.children)
  if (node.type === 'mention') {
    const open = `<span data-user="${escapeAttribute(name, place.hasNames)}">`
    writeElement(children, open, '</span>', writer, place)
    return
  }
  const href = place.isInLink || place.depth >= MAX_DEPTH ? undefined : webHref(name)
  if (href === undefined) {
    for (const child of children) writeNode(child, writer, place)
    writer.text(addressBehind(visibleText(children), name))
  } else {
    const open = `<a href="${escapeAttribute(href, place.hasNames)}">`
    writeElement(children, open, '</a>', writer, { ...place, isInLink: true })
  }
}

function codeElement(node: Code, hasNames: boolean): string {
  if (node.value === '') return ''
  const value = escapeCode(node.value, hasNames)
  if (node.type === 'code') return `<code>${value.replaceAll('\n', '<br>')}</code>`
  const language = node.language?.replace(/\s+/g, '-') ?? ''
  if (language !== '') {
    return `<pre><code class="language-${escapeAttribute(language, hasNames)}">${value}</code></pre>`
  }
  // A newline right behind the tag isn't shown.
  return `<pre>${value.startsWith('\n') ? '\n' : ''}${value}</pre>`
}

/** Emoji stay characters in code, and what reads like a name is none. */
function escapeCode(value: string, hasNames: boolean): string {
  const escaped = value.replace(/[&<>"\r]/g, (sign) => REFERENCE[sign] ?? sign)
  return hasNames ? escaped.replace(NAME_SHAPE, '&#58;') : escaped
}

function escapeAttribute(value: string, hasNames: boolean): string {
  return escapeCode(value, hasNames).replaceAll('\n', '&#10;')
}

function encode(sign: string): string {
  return `&#${sign.charCodeAt(0)};`
}
