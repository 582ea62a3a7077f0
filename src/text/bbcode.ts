import { type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { MAX_DEPTH } from './depth.ts'
import { type EscapeRules, TextWriter } from './escape.ts'
import { addressBehind, isLinkHref, labelOr } from './links.ts'

/**
 * Typed text that a reader could take for a tag. `[url=` is escaped also where no `]` follows: an escape further on
 * could otherwise complete it.
 */
const TYPED_TAG = /\[(?=\/?(?:b|i|u|s|code|pre|quote|spoiler|url|user)\]|(?:url|user)=)/gi
/** Leaves room for escapes below what `parseBbcode` reads as a value. */
const MAX_VALUE = 2000

type Wrapper = Extract<TextNode, { children: RichText }>
type Link = Extract<TextNode, { type: 'link' | 'mention' }>

const TAG_OF: Readonly<Record<Exclude<Wrapper['type'], Link['type']>, string>> = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strike: 's',
  quote: 'quote',
  spoiler: 'spoiler',
}

/**
 * Rich text → BBCode (PROTOCOL §7, "Text"). `parseBbcode` gives back the same tree, any control characters and unpaired
 * surrogates included; `[pre]` has no place for the language of its code. What can't be an address (`isLinkHref`), or is
 * too long for one, stands behind the label; a link or mention without a label has its address or id for one.
 */
export function renderBbcode(text: RichText, hasNames: boolean): string {
  const rules: EscapeRules = {
    hasNames,
    hasEscapes: true,
    markup: TYPED_TAG,
    markupEscape: () => '&#91;',
  }
  const writer = new TextWriter(rules)
  writeNodes(text, writer, 0)
  return writer.finish()
}

function writeNodes(text: RichText, writer: TextWriter, depth: number): void {
  for (const node of text) {
    if (node.type === 'text') writer.text(node.value)
    else if (node.type === 'emoji') writer.emoji(node.value)
    else if (node.type === 'code' || node.type === 'pre') writeCode(node, writer)
    else if (node.type === 'link' || node.type === 'mention') writeLink(node, writer, depth)
    else writeTagged(TAG_OF[node.type], TAG_OF[node.type], node.children, writer, depth)
  }
}

function writeCode(node: { type: 'code' | 'pre'; value: string }, writer: TextWriter): void {
  if (node.value === '') return
  writer.markup(`[${node.type}]`)
  writer.text(node.value)
  writer.markup(`[/${node.type}]`)
}

function writeLink(node: Link, writer: TextWriter, depth: number): void {
  const name = node.type === 'link' ? node.href : node.id
  const children = labelOr(name, node.children)
  const tag = node.type === 'link' ? 'url' : 'user'
  const value = node.type === 'link' ? linkValue(node.href) : node.id
  if (isTagValue(value) && depth < MAX_DEPTH) {
    writeTagged(`${tag}=${escapeValue(value)}`, tag, children, writer, depth)
    return
  }
  writeNodes(children, writer, depth)
  if (node.type === 'link') writer.text(addressBehind(visibleText(children), node.href))
}

function writeTagged(
  open: string,
  close: string,
  children: RichText,
  writer: TextWriter,
  depth: number,
): void {
  const hasTags = depth < MAX_DEPTH && children.length > 0
  if (hasTags) writer.markup(`[${open}]`)
  writeNodes(children, writer, depth + 1)
  if (hasTags) writer.markup(`[/${close}]`)
}

/** '' for what must not be an address. */
function linkValue(href: string): string {
  return isLinkHref(href) ? href.replaceAll('[', '%5B').replaceAll(']', '%5D') : ''
}

function isTagValue(value: string): boolean {
  return value !== '' && value.length <= MAX_VALUE && !/[[\]\r\n]/.test(value)
}

/** Values hold no emoji names; what reads like an escape keeps its ampersand. */
function escapeValue(value: string): string {
  return value.replace(/&(?=(?:amp|#91|#58);)/g, '&amp;')
}
