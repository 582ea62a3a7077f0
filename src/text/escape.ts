import { isNameAt, nameOfEmoji } from './emoji.ts'
import { NamedText } from './emoji-runs.ts'

/** What a literal character needs in one output format. */
export interface EscapeRules {
  /** Emoji become short names, and typed words that read as one are escaped. */
  readonly hasNames: boolean
  /** The typed escapes `&#91;`, `&#58;`, `&amp;` keep their ampersand as `&amp;`. */
  readonly hasEscapes: boolean
  /** Finds literal markup (global flag); its first character is replaced by `markupEscape`. */
  readonly markup?: RegExp
  readonly markupEscape?: (character: string) => string
}

const TYPED_ESCAPE = /&(?=(?:amp|#91|#58);)/g

/** Typed characters to replace: `signs[i]` comes in place of the one character at `at[i]`; `at` rises. */
interface Edits {
  readonly at: number[]
  readonly signs: string[]
}

/**
 * Gathers the text between two pieces of markup and escapes it as a whole: whether a typed colon, bracket or ampersand
 * needs escaping depends on what stands after it, short names of emoji included (`:smile` before 😀 reads `:smile:`).
 */
export class TextWriter {
  readonly #rules: EscapeRules
  #done = ''
  #stretch = new NamedText()
  /** Typed text not yet in the stretch: an emoji may be spread over neighbouring texts, and only the whole shows it. */
  #typed = ''
  #hasTypedColon = false

  constructor(rules: EscapeRules) {
    this.#rules = rules
  }

  text(value: string): void {
    this.#typed += value
  }

  /** An emoji the channel marked as one. */
  emoji(value: string): void {
    const name = this.#rules.hasNames ? nameOfEmoji(value) : undefined
    if (name === undefined) this.text(value)
    else {
      this.#takeTyped()
      this.#stretch.addName(name)
    }
  }

  /** Markup of the output format, taken as it is. */
  markup(value: string): void {
    this.#flush()
    this.#done += value
  }

  finish(): string {
    this.#flush()
    return this.#done
  }

  #takeTyped(): void {
    if (this.#typed === '') return
    this.#hasTypedColon ||= this.#typed.includes(':')
    if (this.#rules.hasNames) this.#stretch.addText(this.#typed)
    else this.#stretch.source += this.#typed
    this.#typed = ''
  }

  #flush(): void {
    this.#takeTyped()
    if (this.#stretch.source === '') return
    this.#done += escapeStretch(this.#stretch, this.#rules, this.#hasTypedColon)
    this.#stretch = new NamedText()
    this.#hasTypedColon = false
  }
}

function escapeStretch(text: NamedText, rules: EscapeRules, hasTypedColon: boolean): string {
  let edits: Edits = { at: [], signs: [] }
  if (rules.hasEscapes && text.source.includes('&')) addEscapes(text.source, edits)
  if (rules.markup && rules.markupEscape) {
    edits = merge(edits, markupEdits(text, rules.markup, rules.markupEscape))
  }
  // Every name begins with a colon: without a typed one, none begins in typed text.
  if (rules.hasNames && hasTypedColon) edits = merge(edits, nameEdits(text))
  return applyEdits(text.source, edits)
}

function addEscapes(source: string, edits: Edits): void {
  for (const match of source.matchAll(TYPED_ESCAPE)) {
    edits.at.push(match.index)
    edits.signs.push('&amp;')
  }
}

function markupEdits(text: NamedText, markup: RegExp, toEscape: (sign: string) => string): Edits {
  const edits: Edits = { at: [], signs: [] }
  const isTyped = typedAt(text)
  markup.lastIndex = 0
  for (let match = markup.exec(text.source); match; match = markup.exec(text.source)) {
    if (isTyped(match.index)) {
      edits.at.push(match.index)
      edits.signs.push(toEscape(match[0]))
    }
    if (match[0] === '') markup.lastIndex += 1
  }
  return edits
}

/**
 * A name that the hub put there is read as one. A typed colon with which a name begins is a coincidence and escaped, so
 * that a decoder goes on behind it: each typed colon is looked at by itself.
 */
function nameEdits({ source, names }: NamedText): Edits {
  const edits: Edits = { at: [], signs: [] }
  let next = 0
  for (let at = source.indexOf(':'); at !== -1; ) {
    if (at === names[next]) {
      at = source.indexOf(':', names[next + 1])
      next += 2
      continue
    }
    if (isNameAt(source, at)) {
      edits.at.push(at)
      edits.signs.push('&#58;')
    }
    at = source.indexOf(':', at + 1)
  }
  return edits
}

/** Tells whether the character at an index was typed. Indexes must not fall: it walks along the names once. */
function typedAt(text: NamedText): (index: number) => boolean {
  const { names } = text
  let next = 0
  return (index) => {
    while (next < names.length && index >= (names[next + 1] ?? 0)) next += 2
    return next >= names.length || index < (names[next] ?? 0)
  }
}

/** Both in one, by position; of two for the same character the second's counts. */
function merge(first: Edits, second: Edits): Edits {
  if (first.at.length === 0) return second
  if (second.at.length === 0) return first
  const merged: Edits = { at: [], signs: [] }
  let from = 0
  for (const [index, at] of second.at.entries()) {
    from = copyBefore(first, from, at, merged)
    merged.at.push(at)
    merged.signs.push(second.signs[index] ?? '')
    if (first.at[from] === at) from += 1
  }
  copyBefore(first, from, Number.POSITIVE_INFINITY, merged)
  return merged
}

function copyBefore(edits: Edits, from: number, limit: number, target: Edits): number {
  let index = from
  for (; index < edits.at.length && (edits.at[index] ?? 0) < limit; index++) {
    target.at.push(edits.at[index] ?? 0)
    target.signs.push(edits.signs[index] ?? '')
  }
  return index
}

function applyEdits(source: string, edits: Edits): string {
  const { at, signs } = edits
  let out = ''
  let from = 0
  for (let index = 0; index < at.length; index++) {
    const end = at[index] ?? 0
    out += source.slice(from, end) + signs[index]
    from = end + 1
  }
  return from === 0 ? source : out + source.slice(from)
}
