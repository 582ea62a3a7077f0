import { nameEmoji, nameOfEmoji, nextName, type TextPiece } from './emoji.ts'

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

/**
 * Gathers the text between two pieces of markup and escapes it as a whole: whether a typed colon, bracket or ampersand
 * needs escaping depends on what stands after it, short names of emoji included (`:smile` before 😀 reads `:smile:`).
 */
export class TextWriter {
  readonly #rules: EscapeRules
  readonly #done: string[] = []
  #pieces: TextPiece[] = []

  constructor(rules: EscapeRules) {
    this.#rules = rules
  }

  text(value: string): void {
    if (value !== '') this.#pieces.push({ value, isLiteral: true })
  }

  /** An emoji the channel marked as one. */
  emoji(value: string): void {
    const name = this.#rules.hasNames ? nameOfEmoji(value) : undefined
    if (name === undefined) this.text(value)
    else this.#pieces.push({ value: name, isLiteral: false })
  }

  /** Markup of the output format, taken as it is. */
  markup(value: string): void {
    this.#flush()
    this.#done.push(value)
  }

  finish(): string {
    this.#flush()
    return this.#done.join('')
  }

  #flush(): void {
    if (this.#pieces.length === 0) return
    this.#done.push(escapePieces(this.#pieces, this.#rules))
    this.#pieces = []
  }
}

/** Escapes one stretch of text; see TextWriter. */
export function escapePieces(pieces: readonly TextPiece[], rules: EscapeRules): string {
  const named = rules.hasNames ? mergeLiterals(pieces).flatMap(splitEmoji) : pieces
  const source = named.map((piece) => piece.value).join('')
  const edits = new Map<number, string>()
  if (rules.hasEscapes) {
    for (const match of source.matchAll(TYPED_ESCAPE)) edits.set(match.index, '&amp;')
  }
  if (rules.markup && rules.markupEscape) {
    const isTyped = typedAt(named)
    for (const match of source.matchAll(rules.markup)) {
      if (isTyped(match.index)) edits.set(match.index, rules.markupEscape(match[0]))
    }
  }
  if (rules.hasNames) escapeTypedNames(source, named, edits)
  return applyEdits(source, edits)
}

function splitEmoji(piece: TextPiece): TextPiece[] {
  return piece.isLiteral ? nameEmoji(piece.value) : [piece]
}

/** An emoji may be spread over neighbouring texts; only the whole shows it. */
function mergeLiterals(pieces: readonly TextPiece[]): TextPiece[] {
  const merged: TextPiece[] = []
  let literal: string[] = []
  const flush = (): void => {
    if (literal.length > 0) merged.push({ value: literal.join(''), isLiteral: true })
    literal = []
  }
  for (const piece of pieces) {
    if (piece.isLiteral) literal.push(piece.value)
    else {
      flush()
      merged.push(piece)
    }
  }
  flush()
  return merged
}

/**
 * Reads `source` as a decoder would. A name that the hub put there is fine; one that begins in typed text is a
 * coincidence: its colon is escaped, and reading goes on behind that colon, as the decoder will.
 */
function escapeTypedNames(
  source: string,
  pieces: readonly TextPiece[],
  edits: Map<number, string>,
): void {
  const isTyped = typedAt(pieces)
  for (let hit = nextName(source, 0); hit; ) {
    const isCoincidence = isTyped(hit.index)
    if (isCoincidence) edits.set(hit.index, '&#58;')
    hit = nextName(source, hit.index + (isCoincidence ? 1 : hit.length))
  }
}

/** Tells whether the character at an index was typed. Indexes must not fall: it walks along the pieces once. */
function typedAt(pieces: readonly TextPiece[]): (index: number) => boolean {
  let piece = 0
  let end = pieces[0]?.value.length ?? 0
  return (index) => {
    while (index >= end && piece < pieces.length) end += pieces[++piece]?.value.length ?? 0
    return pieces[piece]?.isLiteral ?? true
  }
}

function applyEdits(source: string, edits: ReadonlyMap<number, string>): string {
  if (edits.size === 0) return source
  let out = ''
  let from = 0
  for (const index of [...edits.keys()].sort((a, b) => a - b)) {
    out += source.slice(from, index) + edits.get(index)
    from = index + 1
  }
  return out + source.slice(from)
}
