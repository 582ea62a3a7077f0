import { plainText, type RichText, type TextNode, visibleText } from '../../core/rich-text.ts'
import { addressBehind } from '../links.ts'

/** Something Telegram marks text with. Neighbouring stretches under the same object are under one mark. */
export type TelegramMark =
  | { readonly type: 'bold' | 'italic' | 'underline' | 'strike' | 'spoiler' | 'quote' | 'code' }
  | { readonly type: 'pre'; readonly language?: string }
  | { readonly type: 'link'; readonly href: string }
  | { readonly type: 'mention'; readonly id: number; readonly name: string }

export interface TelegramRun {
  readonly value: string
  /** Outermost first. */
  readonly marks: readonly TelegramMark[]
}

/** Telegram links to web addresses and its own only; other addresses are written into the text. */
const LINKABLE = /^(?:https?:\/\/|tg:\/\/)[^\s]+$/i
const HOST = /^https?:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i
const USER_ID = /^\d{1,16}$/

/**
 * A text as stretches under marks that Telegram allows together (https://core.telegram.org/bots/api#messageentity): code
 * stands under nothing but a quote, quotes don't nest, and neither do links and mentions. A quote stands on lines of its
 * own. Unpaired surrogates, which Telegram refuses, become U+FFFD.
 */
export function toTelegramRuns(text: RichText): TelegramRun[] {
  const writer = new RunWriter()
  writer.write(text, [])
  return writer.runs
}

/**
 * May this address stand in a link or on a button? Telegram takes web addresses and its own only, and refuses the whole
 * message for a host without a dot, such as one of an intranet. Where it is refused the text has to tell the address.
 */
export function isTelegramHref(href: string): boolean {
  if (!LINKABLE.test(href) || !URL.canParse(href)) return false
  const host = HOST.exec(href)?.[1]
  return host === undefined || host.includes('.') || host.startsWith('[')
}

class RunWriter {
  readonly runs: TelegramRun[] = []
  #isLineStart = true
  #isAfterQuote = false

  write(text: RichText, marks: readonly TelegramMark[]): void {
    for (const node of text) this.#writeNode(node, marks)
  }

  #writeNode(node: TextNode, marks: readonly TelegramMark[]): void {
    if (node.type === 'text' || node.type === 'emoji') this.#add(node.value, marks)
    else if (node.type === 'code' || node.type === 'pre') this.#writeCode(node, marks)
    else if (node.type === 'quote') this.#writeQuote(node.children, marks)
    else if (node.type === 'link') this.#writeLink(node.href, node.children, marks)
    else if (node.type === 'mention') {
      const mark = isLinked(marks) ? undefined : toMention(node.id, node.children)
      this.write(labelOf(node.children, node.id), mark ? [...marks, mark] : marks)
    } else {
      const isMarked = marks.some((mark) => mark.type === node.type)
      this.write(node.children, isMarked ? marks : [...marks, { type: node.type }])
    }
  }

  #writeCode(node: Extract<TextNode, { type: 'code' | 'pre' }>, marks: readonly TelegramMark[]) {
    const language = node.type === 'pre' && node.language ? { language: node.language } : {}
    const quote = marks.filter((mark) => mark.type === 'quote')
    this.#add(node.value, [...quote, { type: node.type, ...language }])
  }

  #writeQuote(children: RichText, marks: readonly TelegramMark[]): void {
    if (marks.some((mark) => mark.type === 'quote') || visibleText(children) === '') {
      this.write(children, marks)
      return
    }
    if (!this.#isLineStart) this.#add('\n', marks)
    this.write(children, [...marks, { type: 'quote' }])
    this.#isAfterQuote = true
  }

  #writeLink(href: string, children: RichText, marks: readonly TelegramMark[]): void {
    const label = labelOf(children, href)
    if (!isLinked(marks) && hasProse(label) && isTelegramHref(href)) {
      this.write(label, [...marks, { type: 'link', href }])
      return
    }
    this.write(label, marks)
    this.write(plainText(addressBehind(visibleText(label), href)), marks)
  }

  #add(value: string, marks: readonly TelegramMark[]): void {
    if (value === '') return
    if (this.#isAfterQuote && !value.startsWith('\n')) {
      this.runs.push({ value: '\n', marks: marks.filter((mark) => mark.type === 'quote') })
    }
    this.#isAfterQuote = false
    this.#isLineStart = value.endsWith('\n')
    this.runs.push({ value: value.toWellFormed(), marks })
  }
}

function isLinked(marks: readonly TelegramMark[]): boolean {
  return marks.some((mark) => mark.type === 'link' || mark.type === 'mention')
}

/** Is there text outside of code, so that a link has something to stand on? */
function hasProse(text: RichText): boolean {
  return text.some((node) => {
    if ('children' in node) return hasProse(node.children)
    return node.type !== 'code' && node.type !== 'pre' && node.value.trim() !== ''
  })
}

/** Where there is no label, the address or id is shown. */
function labelOf(children: RichText, otherwise: string): RichText {
  return visibleText(children) === '' ? plainText(otherwise) : children
}

function toMention(id: string, children: RichText): TelegramMark | undefined {
  if (!USER_ID.test(id) || !Number.isSafeInteger(Number(id))) return undefined
  return { type: 'mention', id: Number(id), name: visibleText(children).toWellFormed() || id }
}
