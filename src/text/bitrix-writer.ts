import { type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { addressBehind, isLinkHref, labelOr } from './links.ts'

/**
 * Tags of Bitrix24 as a client could type them. It has no escape, so they get a space without width: a typed `[user=1]`
 * would name a colleague to whom the client means nothing, a typed `[send=…]` would write in the operator's name.
 */
const TYPED_TAG =
  /\[(?=\/?(?:b|i|u|s|br|size|color|url|user|chat|context|code|img|icon|put|send|call|timestamp|disk|attach|pch|rating|like|dislike)[\]=\s])/gi
/** Six dashes begin a quote. */
const TYPED_RULE = /-{5}(?=-)/g
const TYPED_QUOTE = /^>>/gm
const TYPED_CODE_END = /\[(?=\/code\])/gi
const NO_WIDTH = '\u200b'

const TAG_OF = { bold: 'b', italic: 'i', underline: 'u', strike: 's' } as const

/** Rich text → what Bitrix24 shows: its own BBCode, emoji as they are, line breaks as newlines. */
export function renderBitrix(text: RichText): string {
  return write(text)
}

function write(text: RichText): string {
  const pieces: string[] = []
  // Of all that was written so far; looking into a text that has grown from many would copy it each time.
  let isAtLineStart = true
  const add = (piece: string): void => {
    if (piece === '') return
    pieces.push(piece)
    isAtLineStart = piece.endsWith('\n')
  }
  for (const [index, node] of text.entries()) {
    if (node.type !== 'quote') {
      add(writeNode(node))
      continue
    }
    // A quote stands on lines of its own.
    if (!isAtLineStart) add('\n')
    add(writeQuote(node.children))
    const next = text[index + 1]
    if (next && !(next.type === 'text' && next.value.startsWith('\n'))) add('\n')
  }
  return pieces.join('')
}

function writeNode(node: TextNode): string {
  switch (node.type) {
    case 'text':
      return neutral(node.value)
    case 'emoji':
      return node.value
    case 'code':
    case 'pre':
      return node.value === ''
        ? ''
        : `[code]${node.value.replace(TYPED_CODE_END, `[${NO_WIDTH}`)}[/code]`
    case 'link':
      return writeLink(node.href, node.children)
    case 'bold':
    case 'italic':
    case 'underline':
    case 'strike':
      return wrap(TAG_OF[node.type], write(node.children))
    // Whom the id names, the portal doesn't know; spoilers it has none.
    case 'mention':
    case 'spoiler':
    case 'quote':
      return write(node.children)
  }
}

function writeQuote(children: RichText): string {
  return write(children)
    .trimEnd()
    .split('\n')
    .map((line) => `>>${line}`)
    .join('\n')
}

function writeLink(href: string, children: RichText): string {
  const label = labelOr(href, children)
  if (isLinkHref(href)) {
    return `[url=${href.replaceAll('[', '%5B').replaceAll(']', '%5D')}]${write(label)}[/url]`
  }
  return write(label) + neutral(addressBehind(visibleText(label), href))
}

function wrap(tag: string, inner: string): string {
  return inner === '' ? '' : `[${tag}]${inner}[/${tag}]`
}

function neutral(text: string): string {
  return text
    .replace(TYPED_TAG, `[${NO_WIDTH}`)
    .replace(TYPED_RULE, `-----${NO_WIDTH}`)
    .replace(TYPED_QUOTE, `>${NO_WIDTH}>`)
}
