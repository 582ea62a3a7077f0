type MarkType = 'bold' | 'italic' | 'strike'

/**
 * A chat's own light markup, as data: marks around words, code in backticks, quotes behind `>`. Such markup has no escape
 * character; how a typed mark is kept from being read as one differs from chat to chat.
 */
export interface ChatMarkRules {
  /** Mark → what it makes of the text between two of it. */
  readonly marks: ReadonlyMap<string, MarkType>
  /** Written between a letter and a mark, which is read only at a word's edge. */
  readonly boundary: string
  /** A mark or backtick, so written that it is shown and not read. */
  guardMark(mark: string): string
  /** Written before a typed `>` that begins a line. */
  readonly quoteGuard: string
}

const WORD = /[\p{L}\p{N}]/u
const SPACE = /[\s\u200b]/

export function isWord(character: string): boolean {
  return WORD.test(character)
}

/** The edge of a line counts as space. */
export function isSpace(character: string): boolean {
  return character === '' || SPACE.test(character)
}

/** What a mark could be between these two characters ('' at a line's edge). Doubled marks (`**`) are never read. */
export function markRoles(
  mark: string,
  before: string,
  after: string,
): { readonly canOpen: boolean; readonly canClose: boolean } {
  const isSingle = before !== mark && after !== mark
  return {
    canOpen: isSingle && !isSpace(after) && !isWord(before),
    canClose: isSingle && !isSpace(before) && !isWord(after),
  }
}
