import type { TextNode } from '../core/rich-text.ts'
import { readReference } from './character-references.ts'
import { emojiTables, type NameHit, nextNameIn } from './emoji.ts'
import { isLinkHref } from './links.ts'
import { CodeRuns } from './markdown-code.ts'
import { Delimiter, DelimiterStack } from './markdown-delimiters.ts'
import { flanks, neighbourAfter, neighbourBefore } from './markdown-flanking.ts'
import { readTarget } from './markdown-target.ts'
import { buildTree, type Token } from './markdown-tokens.ts'

/** Which characters may begin markup, by code: always, or only where what must follow is found in the text. */
const SPECIAL = new Uint8Array(128)
const ALWAYS = 1
const WITH_TARGET = 2
const WITH_GREATER = 4
const WITH_SEMICOLON = 8
for (const sign of '\\`*_~|\n') SPECIAL[sign.charCodeAt(0)] = ALWAYS
for (const sign of '![]') SPECIAL[sign.charCodeAt(0)] = WITH_TARGET
SPECIAL['<'.charCodeAt(0)] = WITH_GREATER
SPECIAL['&'.charCodeAt(0)] = WITH_SEMICOLON
const NEWLINE = 10
const ESCAPABLE = /[!-/:-@[-`{-~]/
/** Longer addresses are text. */
const MAX_ADDRESS = 2048
const AUTOLINK = /^[a-z][a-z0-9+.-]{1,31}:/i
const MAIL =
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9][a-z0-9-]{0,62}){1,8}$/i

interface Bracket {
  /** Index of its token. */
  readonly token: number
  /** Index in the source. */
  readonly start: number
  readonly isImage: boolean
  /** Place in the stack of delimiters. */
  readonly bottom: number
}

/**
 * The text of one paragraph → tree. `depth` is how deep it will stand in the whole. Linear: each search forward is bounded
 * or remembered.
 */
export function readInline(source: string, hasNames: boolean, depth: number): TextNode[] {
  return buildTree(new InlineReader(source, hasNames).read(), depth)
}

class InlineReader {
  readonly #source: string
  readonly #tokens: Token[] = []
  readonly #delimiters = new DelimiterStack()
  readonly #brackets: Bracket[] = []
  /** Brackets below this one in the stack begin no link any more, since one ended inside them. */
  #firstActive = 0
  readonly #code: CodeRuns
  /** Index of the last `](`: no bracket behind it begins a link. */
  readonly #lastTarget: number
  readonly #special: number
  #name: NameHit | undefined
  #text = ''

  constructor(source: string, hasNames: boolean) {
    this.#source = source
    this.#code = new CodeRuns(source)
    this.#lastTarget = source.lastIndexOf('](')
    this.#special =
      ALWAYS +
      (this.#lastTarget < 0 ? 0 : WITH_TARGET) +
      (source.includes('>') ? WITH_GREATER : 0) +
      (source.includes(';') ? WITH_SEMICOLON : 0)
    if (hasNames) this.#name = nextName(source, 0)
  }

  read(): Token[] {
    for (let at = 0; at < this.#source.length; ) {
      const special = this.#nextSpecial(at)
      this.#text += this.#source.slice(at, this.#shownEnd(at, special))
      at = special < this.#source.length ? this.#readSpecial(special) : special
    }
    this.#flushText()
    this.#delimiters.pair(0)
    return this.#tokens
  }

  #nextSpecial(from: number): number {
    const name = this.#name && this.#name.index < from ? this.#nextName(from) : this.#name
    const end = name?.index ?? this.#source.length
    let at = from
    while (at < end && !((SPECIAL[this.#source.charCodeAt(at)] ?? 0) & this.#special)) at += 1
    return at
  }

  #nextName(from: number): NameHit | undefined {
    this.#name = nextName(this.#source, from)
    return this.#name
  }

  /** Returns where reading goes on. */
  #readSpecial(at: number): number {
    const sign = this.#source.charAt(at)
    switch (sign) {
      case '\\':
        return this.#readEscape(at)
      case '`':
        return this.#readCode(at)
      case '[':
        return this.#openBracket(at, at, false)
      case ']':
        return this.#closeBracket(at)
      case '!':
        return this.#source[at + 1] === '[' ? this.#openBracket(at, at + 1, true) : this.#take(at)
      case '<':
        return this.#readAutolink(at)
      case '&':
        return this.#readReference(at)
      case '\n':
        return this.#take(at)
      case ':':
        return this.#readName(at)
      default:
        return this.#readDelimiter(at, sign)
    }
  }

  /** One character that means nothing here. */
  #take(at: number): number {
    this.#text += this.#source.charAt(at)
    return at + 1
  }

  #readEscape(at: number): number {
    const next = this.#source.charAt(at + 1)
    if (next === '\n') return at + 1
    if (!ESCAPABLE.test(next)) return this.#take(at)
    this.#text += next
    return at + 2
  }

  #readName(at: number): number {
    const hit = this.#name
    if (hit?.index !== at) return this.#take(at)
    this.#text += hit.emoji
    return at + hit.length
  }

  /** Spaces at the end of a line aren't shown, but for the ones that a reference stands for. */
  #shownEnd(from: number, special: number): number {
    if (this.#source.charCodeAt(special) !== NEWLINE) return special
    let end = special
    while (end > from && isBlank(this.#source.charCodeAt(end - 1))) end -= 1
    return end
  }

  #readReference(at: number): number {
    const reference = readReference(this.#source, at)
    if (!reference) return this.#take(at)
    this.#flushText()
    this.#tokens.push({ type: 'text', value: reference.value })
    return reference.end
  }

  #readCode(at: number): number {
    const span = this.#code.read(at)
    if (span.value === undefined) this.#text += this.#source.slice(at, span.end)
    else this.#push({ type: 'node', node: { type: 'code', value: span.value } })
    return span.end
  }

  #readAutolink(at: number): number {
    let close = at + 1
    const limit = Math.min(this.#source.length, at + MAX_ADDRESS)
    while (close < limit && isInAutolink(this.#source.charCodeAt(close))) close += 1
    const href = this.#source[close] === '>' ? autolink(this.#source.slice(at + 1, close)) : ''
    if (href === '') return this.#take(at)
    const children = [{ type: 'text' as const, value: this.#source.slice(at + 1, close) }]
    this.#push({ type: 'node', node: { type: 'link', href, children } })
    return close + 1
  }

  #readDelimiter(at: number, sign: string): number {
    let end = at + 1
    while (this.#source[end] === sign) end += 1
    const isSingle = end - at === 1 && (sign === '~' || sign === '|')
    const before = neighbourBefore(this.#source, at)
    const able = flanks(before, neighbourAfter(this.#source, end), sign === '_')
    if (isSingle || able === 0) this.#text += this.#source.slice(at, end)
    else {
      const delimiter = new Delimiter(sign, end - at, able)
      this.#push(delimiter)
      this.#delimiters.push(delimiter)
    }
    return end
  }

  #openBracket(start: number, at: number, isImage: boolean): number {
    if (at > this.#lastTarget) {
      this.#text += this.#source.slice(start, at + 1)
      return at + 1
    }
    this.#push({ type: 'bracket', source: this.#source.slice(start, at + 1) })
    const token = this.#tokens.length - 1
    this.#brackets.push({ token, start, isImage, bottom: this.#delimiters.top })
    return at + 1
  }

  #closeBracket(at: number): number {
    const bracket = this.#brackets.pop()
    if (!bracket) return this.#take(at)
    const isActive = bracket.isImage || this.#brackets.length >= this.#firstActive
    this.#firstActive = Math.min(this.#firstActive, this.#brackets.length)
    const target = isActive ? readTarget(this.#source, at + 1) : undefined
    if (!target) return this.#take(at)
    if (bracket.isImage) this.#keepImage(bracket, target.end)
    else this.#endLink(bracket, target)
    return target.end
  }

  #endLink(bracket: Bracket, { target }: NonNullable<ReturnType<typeof readTarget>>): void {
    this.#push({ type: 'link-end' })
    this.#delimiters.pair(bracket.bottom)
    const token = this.#tokens[bracket.token]
    if (token?.type === 'bracket') token.target = target
    this.#firstActive = this.#brackets.length
  }

  /** An image is shown as written, so that neither its address nor its description is lost. */
  #keepImage(bracket: Bracket, end: number): void {
    this.#text = ''
    this.#delimiters.drop(bracket.bottom)
    this.#tokens.length = bracket.token
    this.#text = this.#source.slice(bracket.start, end)
  }

  #push(token: Token): void {
    this.#flushText()
    this.#tokens.push(token)
  }

  #flushText(): void {
    if (this.#text !== '') this.#tokens.push({ type: 'text', value: this.#text })
    this.#text = ''
  }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** Neither a space nor `<` nor `>`. */
function isInAutolink(code: number): boolean {
  return code > 32 && code !== 60 && code !== 62
}

/** '' for what is no address. */
function autolink(address: string): string {
  if (MAIL.test(address)) return `mailto:${address}`
  return AUTOLINK.test(address) && isLinkHref(address) ? address : ''
}

function nextName(source: string, from: number): NameHit | undefined {
  return nextNameIn(emojiTables().unicodeByName, source, from)
}
