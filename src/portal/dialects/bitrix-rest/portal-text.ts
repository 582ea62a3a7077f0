import type { TextFormat } from '../../../core/portal.ts'
import { type RichText, type TextNode, visibleText } from '../../../core/rich-text.ts'
import { parseText, renderText } from '../../../text/format.ts'

const OUR_BBCODE = { text: 'bbcode', emoji: 'unicode' } as const

/** What the portal's own module draws around a quoted message. */
const QUOTE_LINE = '-'.repeat(54)
/** Typed text that the portal would take for a tag, such as `[put=/command]`, which sends something when it is clicked. */
const TYPED_TAG = /\[(?=\/?[a-z*]{1,16}[\]=])/gi
const NO_TAG = '[\u200b'

/** A text of an event, in the format it was stored in, as Bitrix24 shows it: its BBCode with raw Unicode emoji. */
export function toPortalText(text: string, format: TextFormat): string {
  return writeNodes(parseText(text, format))
}

/** Words that hold no markup, of whomever they are. */
export function plainForPortal(text: string): string {
  return text.replaceAll(TYPED_TAG, NO_TAG)
}

/** A quoted text, as a block that the portal's chat draws as one. */
export function quoteBlock(text: string): string {
  return `${QUOTE_LINE}\n${text}\n${QUOTE_LINE}\n`
}

function writeNodes(nodes: RichText): string {
  return nodes.map(writeNode).join('')
}

function writeNode(node: TextNode): string {
  switch (node.type) {
    case 'text':
      return plainForPortal(node.value)
    case 'emoji':
      return node.value
    case 'code':
    case 'pre':
      return `[code]${node.value}[/code]`
    case 'bold':
      return `[b]${writeNodes(node.children)}[/b]`
    case 'italic':
      return `[i]${writeNodes(node.children)}[/i]`
    case 'underline':
      return `[u]${writeNodes(node.children)}[/u]`
    case 'strike':
      return `[s]${writeNodes(node.children)}[/s]`
    case 'quote':
      return writeNodes(node.children)
        .split('\n')
        .map((line) => `>>${line}`)
        .join('\n')
    case 'link':
      return writeLink(node.href, node.children)
    // The channel's people are no users of the portal.
    case 'mention':
    case 'spoiler':
      return writeNodes(node.children)
  }
}

function writeLink(href: string, children: RichText): string {
  const address = href.replaceAll('[', '%5B').replaceAll(']', '%5D')
  if (visibleText(children) === href) return `[url]${address}[/url]`
  return `[url=${address}]${writeNodes(children)}[/url]`
}

/** `[b]Anna:[/b] [br]`, which the portal puts before an operator's words; where the blank stands differs. */
const OPERATOR = /^\[b\]([^\n]{1,200}?):\[\/b\] ?(?:\[br\]|\n) ?/i
const LINE_BREAK = /\[br\s*\/?\]/gi
/** Tags of the portal's chat that say how something looks or what a click does; what they hold is kept. */
const DROPPED_TAG =
  /\[\/?(?:size|color|context|chat|user|put|send|call|dialog|rating|list|like|p|left|center|right|font)(?:=[^\]\n]{0,500})?\]|\[\*\]/gi
const IMAGE = /\[img[^\]\n]{0,200}\]\s*([^[\]\s]{1,2000})\s*\[\/img\]/gi
const ICON = /\[icon=[^\]\n]{0,2000}\]/gi
const DATE = /\[timestamp=(\d{1,12})[^\]\n]{0,100}\]/gi
const DISK = /\[disk(?:\s?file)?(?:\s?id)?=[^\]\n]{0,100}\]/gi
/** How the portal's store keeps a character beyond U+FFFF. */
const EMOJI_CODE = /:([0-9a-f]{8}):/gi
/** The three escapes of the hub's BBCode. Typed by an operator they are what they look like. */
const ESCAPE = /&(?=amp;|#91;|#58;)/g

/** What an operator wrote, in the format that the hub reads of this portal. */
export function fromPortalText(text: string, format: TextFormat): string {
  const written = text
    .replaceAll('\r\n', '\n')
    .replaceAll(ESCAPE, '&amp;')
    .replace(OPERATOR, '[b]$1:[/b]\n')
    .replaceAll(LINE_BREAK, '\n')
    .replaceAll(IMAGE, '[url]$1[/url]')
    .replaceAll(ICON, (icon) => /\btitle=([^\]=]{1,100}?)(?= \w+=|\])/i.exec(icon)?.[1] ?? '')
    .replaceAll(DATE, (_, seconds: string) => toDate(Number(seconds)))
    .replaceAll(DISK, '')
    .replaceAll(DROPPED_TAG, '')
    .replaceAll(EMOJI_CODE, readEmojiCode)
  return renderText(parseText(markQuotes(written), OUR_BBCODE), format)
}

function toDate(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 16).replace('T', ' ')
}

function readEmojiCode(code: string, hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const text = bytes.toString('utf8')
  const isOne = text.length === 2 && Buffer.from(text, 'utf8').equals(bytes)
  return isOne ? text : code
}

/** Lines between two rows of dashes, and lines that begin with `>>`, are quotes. */
function markQuotes(text: string): string {
  if (!text.includes('------') && !text.includes('>>')) return text
  const out: string[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const end = isRow(line) ? nextRow(lines, at + 1) : -1
    if (end > 0) {
      out.push(`[quote]${lines.slice(at + 1, end).join('\n')}[/quote]`)
      at = end
    } else if (line.startsWith('>>')) {
      const last = lastQuoted(lines, at)
      const quoted = lines.slice(at, last + 1).map((one) => one.slice(2))
      out.push(`[quote]${quoted.join('\n')}[/quote]`)
      at = last
    } else if (isRow(line)) {
      out.push(line, ...lines.slice(at + 1))
      break
    } else out.push(line)
  }
  return out.join('\n')
}

function isRow(line: string): boolean {
  return /^-{6,}\s*$/.test(line)
}

function nextRow(lines: readonly string[], from: number): number {
  for (let at = from; at < lines.length; at += 1) if (isRow(lines[at] ?? '')) return at
  return -1
}

function lastQuoted(lines: readonly string[], from: number): number {
  let last = from
  while (lines[last + 1]?.startsWith('>>')) last += 1
  return last
}
