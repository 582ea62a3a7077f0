/**
 * What stands beside a run of delimiters decides whether it opens or closes emphasis (CommonMark 0.31, "delimiter runs").
 * Numbers, since each run of a text asks twice.
 */
export const SPACE = 0
export const PUNCTUATION = 1
export const OTHER = 2
export type Neighbour = typeof SPACE | typeof PUNCTUATION | typeof OTHER

/** What a run can do, to be added up. */
export const OPENS = 1
export const CLOSES = 2

const PUNCTUATION_SIGN = /[\p{P}\p{S}]/u
const WIDE_SPACE = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/

/** The character before `index`; the beginning counts as a space. An unpaired surrogate is U+FFFD, a symbol. */
export function neighbourBefore(source: string, index: number): Neighbour {
  if (index <= 0) return SPACE
  const unit = source.charCodeAt(index - 1)
  if (unit < 0x80) return ofAscii(unit)
  if ((unit & 0xfc00) !== 0xdc00 || index === 1) return ofPoint(unit)
  const point = source.codePointAt(index - 2) ?? 0
  return ofPoint(point > 0xffff ? point : unit)
}

/** The character at `index`; the end counts as a space. */
export function neighbourAfter(source: string, index: number): Neighbour {
  if (index >= source.length) return SPACE
  const unit = source.charCodeAt(index)
  return unit < 0x80 ? ofAscii(unit) : ofPoint(source.codePointAt(index) ?? unit)
}

function ofAscii(unit: number): Neighbour {
  if (unit === 32 || (unit >= 9 && unit <= 13)) return SPACE
  const lower = unit | 32
  const isOther =
    (lower >= 97 && lower <= 122) || (unit >= 48 && unit <= 57) || unit < 32 || unit === 127
  return isOther ? OTHER : PUNCTUATION
}

function ofPoint(point: number): Neighbour {
  if (point >= 0xd800 && point <= 0xdfff) return PUNCTUATION
  const sign = String.fromCodePoint(point)
  if (WIDE_SPACE.test(sign)) return SPACE
  return PUNCTUATION_SIGN.test(sign) ? PUNCTUATION : OTHER
}

/** OPENS, CLOSES, both or neither. `_` does nothing inside a word. */
export function flanks(before: Neighbour, after: Neighbour, isUnderscore: boolean): number {
  const isLeft = after !== SPACE && (after === OTHER || before !== OTHER)
  const isRight = before !== SPACE && (before === OTHER || after !== OTHER)
  const canOpen = isLeft && !(isUnderscore && isRight && before !== PUNCTUATION)
  const canClose = isRight && !(isUnderscore && isLeft && after !== PUNCTUATION)
  return (canOpen ? OPENS : 0) + (canClose ? CLOSES : 0)
}
