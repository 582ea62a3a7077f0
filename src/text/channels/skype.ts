import { given } from '../../core/given.ts'
import { plainText, type RichText, type TextNode, visibleText } from '../../core/rich-text.ts'
import { BlockText } from '../block-text.ts'
import { readHtml } from '../html-reader.ts'
import type { HtmlDialect, HtmlElement, HtmlRule } from '../html-rule.ts'
import { unifyNewlines } from '../newlines.ts'
import type { ReadText, TextActivity } from './activity.ts'
import { createHtmlRules, PRE_RULE } from './html-rules.ts'
import { toMention, withoutOwnMention } from './mentions.ts'
import { isWebHref, nameOf, plainLink } from './plain.ts'
import { emojiOfSkypeCode, emojiOfSkypeId, skypeCodeOfEmoji } from './skype-emoticons.ts'

/**
 * Skype doesn't say whether a text is XML: one that holds a tag of Skype's own is XML as a whole. Others are taken as
 * they stand, since a typed `<` or `&` arrives in them as it is. Bounded, so that a text full of these takes linear time.
 */
const OWN_TAG =
  /<(?:a href=|ss type=|at id=|quote(?: [a-z]|>)|(?:b|i|s|pre) raw_|font (?:color|size|face)=|e_m |URIObject[ >]|contacts[ >])/

export function readSkype(activity: TextActivity): ReadText {
  const source = unifyNewlines(activity.text)
  if (activity.textFormat !== 'xml' && !OWN_TAG.test(source)) return { text: plainText(source) }
  const dialect = new SkypeDialect()
  const text = withoutOwnMention(readHtml(source, dialect), activity.recipient?.id)
  const { replyToId } = dialect
  return { text, ...given({ replyToId }) }
}

class SkypeDialect implements HtmlDialect {
  readonly hasNewlines = true
  /** Id of the message that is quoted. */
  replyToId: string | undefined
  readonly #rules = createHtmlRules()

  rule(element: HtmlElement): HtmlRule {
    const { name, attributes } = element
    switch (name) {
      case 'ss':
        return { finish: (children) => readEmoticon(attributes['type'] ?? '', children) }
      case 'at':
        return { finish: (children) => readMention(attributes['id'] ?? '', children) }
      case 'quote':
        this.replyToId ??= attributes['messageid'] || undefined
        return {
          display: 'node',
          finish: (children) => readQuote(attributes['authorname'] ?? '', children),
        }
      case 'legacyquote':
        return { content: 'dropped' }
      case 'pre':
        return PRE_RULE
      case 'c':
        return { display: 'line', before: contactLine(attributes) }
      // They show what they hold: nothing, a link to the file, lines with contacts.
      case 'e_m':
      case 'uriobject':
      case 'originalname':
      case 'filesize':
      case 'meta':
      case 'contacts':
      case 'font':
      case 'span':
        return {}
      case 'title':
      case 'description':
        return { display: 'line' }
      default:
        return this.#rules(element) ?? { content: 'source' }
    }
  }
}

/** What was typed stays where the picture has no likeness. */
function readEmoticon(id: string, children: RichText): RichText {
  const value = emojiOfSkypeId(id) ?? emojiOfSkypeCode(visibleText(children))
  if (value !== undefined) return [{ type: 'emoji', value }]
  return children.length > 0 ? children : plainText(id === '' ? '' : `(${id})`)
}

/** `*` are all people of the chat. */
function readMention(id: string, children: RichText): RichText {
  const label = visibleText(children) || id
  return label === '' ? [] : toMention(id === '*' ? undefined : id, label)
}

/** As the client shows it: the author above what is quoted. */
function readQuote(author: string, children: RichText): RichText {
  if (visibleText(children) === '') return []
  if (author === '') return [{ type: 'quote', children }]
  const [first, ...rest] = children
  const body =
    first?.type === 'text'
      ? [...plainText(`\n${first.value}`), ...rest]
      : [...plainText('\n'), ...children]
  return [{ type: 'quote', children: [{ type: 'bold', children: plainText(author) }, ...body] }]
}

function contactLine(attributes: HtmlElement['attributes']): string {
  const { f: name = '', s: id = '' } = attributes
  return name === '' || id === '' ? name || id : `${name} (${id})`
}

/** Made at first use, for its long list takes 30 ms to be read. */
let pattern: RegExp | undefined

/** The first look is quick; the long list of emoji is gone through only where one can begin. */
function emojiPattern(): RegExp {
  pattern ??= /(?=\p{Emoji})\p{RGI_Emoji}/gv
  return pattern
}

/** Emoji as the codes that every client of Skype draws. */
function withCodes(value: string): string {
  return value.replace(emojiPattern(), (emoji) => skypeCodeOfEmoji(emoji) ?? emoji)
}

/** Plain text for Skype, for trees without markup. */
export function toSkypeText(text: RichText): string {
  return withCodes(visibleText(text))
}

/** Rich text → the XML that Skype takes. Quotes stand behind `>`: Skype's own name the message they are from. */
export function toSkypeXml(text: RichText): string {
  const out = new BlockText('<br/>', '<br/>', '<br/>')
  writeNodes(text, out, '')
  return out.finish()
}

const TAG_OF: Readonly<Partial<Record<TextNode['type'], string>>> = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strike: 's',
}

/** `tags`: names of the open elements, each followed by a space; they are closed at each line's end. */
function writeNodes(text: RichText, out: BlockText, tags: string): void {
  for (const node of text) {
    if (node.type === 'text' || node.type === 'emoji') writeLines(withCodes(node.value), out, tags)
    else if (node.type === 'code') writeLines(node.value, out, 'pre ')
    else if (node.type === 'pre') writePre(node.value, out)
    else if (node.type === 'quote') writeQuote(node.children, out, tags)
    else if (node.type === 'link') out.add(wrap(linkOf(node.href, node.children), tags))
    else if (node.type === 'mention') out.add(wrap(mentionOf(node.id, node.children), tags))
    else writeNodes(node.children, out, withTag(tags, TAG_OF[node.type]))
  }
}

function withTag(tags: string, tag: string | undefined): string {
  return tag === undefined || tags.split(' ').includes(tag) ? tags : `${tags}${tag} `
}

function writeLines(value: string, out: BlockText, tags: string): void {
  for (const [index, line] of value.split('\n').entries()) {
    if (index > 0) out.breakLine()
    if (line !== '') out.add(wrap(escapeXml(line), tags))
  }
}

function wrap(inner: string, tags: string): string {
  const names = tags.split(' ').filter((name) => name !== '')
  const open = names.map((name) => `<${name}>`).join('')
  return `${open}${inner}${names
    .reverse()
    .map((name) => `</${name}>`)
    .join('')}`
}

function writePre(value: string, out: BlockText): void {
  if (value !== '') out.addBlock(`<pre>${escapeXml(value)}</pre>`)
}

function writeQuote(children: RichText, out: BlockText, tags: string): void {
  if (visibleText(children) === '') return
  const inner = new BlockText('\n')
  writeNodes(children, inner, tags)
  out.addBlock(`&gt; ${inner.finish().replace(/\n|<br\/>/g, '<br/>&gt; ')}`)
}

function linkOf(href: string, children: RichText): string {
  const label = visibleText(children).replaceAll('\n', ' ')
  if (!isWebHref(href)) return escapeXml(plainLink(href, plainText(label)))
  return `<a href="${escapeXml(href)}">${escapeXml(withCodes(label) || href)}</a>`
}

function mentionOf(id: string, children: RichText): string {
  return `<at id="${escapeXml(id)}">${escapeXml(nameOf(children, id))}</at>`
}

const REFERENCE: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escapeXml(value: string): string {
  return value.replace(/[&<>"]/g, (sign) => REFERENCE[sign] ?? sign)
}
