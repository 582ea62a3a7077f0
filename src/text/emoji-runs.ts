import { type EmojiTables, emojiTables } from './emoji.ts'

/**
 * What displays as one emoji, known or not (UTS #51 "possible emoji", taken widely): a pair of flag letters, a keycap, or
 * a pictograph with its style, skin tone and tags; several of them joined by U+200D. Matching the whole keeps an emoji
 * the tables don't know in one piece instead of naming its parts. Code points reserved for emoji to come count as well.
 */
const PICTOGRAPH = '[[\\p{Emoji}\\p{ExtPict}]--[0-9#*\\p{RI}\\p{EMod}]]'
const STYLE = '[\\uFE0E\\uFE0F]?'
const TAGS = '(?:[\\u{E0020}-\\u{E007E}]+\\u{E007F}?)?'
const ELEMENT = `(?:\\p{RI}\\p{RI}|[0-9#*](?:\\uFE0F\\u20E3?|\\u20E3)|${PICTOGRAPH}${STYLE}(?:\\p{EMod}${STYLE})?\\u20E3?${TAGS}|\\p{EMod}${STYLE})`
const RUN = new RegExp(`${ELEMENT}(?:\\u200D${ELEMENT})*|\\p{RI}`, 'vy')

const VARIATION = 0xfe0f
const ZWJ = 0x200d
const KEYCAP = 0x20e3

/** Where an emoji ends in the text, and its name unless it stays as it is. `end` is behind what the name stands for. */
interface Found {
  readonly end: number
  readonly name?: string | undefined
}

/** Text in which emoji are replaced by short names, with a note of where those stand. */
export class NamedText {
  source = ''
  /** Start and end in `source` of each name put there, in order. */
  readonly names: number[] = []

  addName(name: string): void {
    this.names.push(this.source.length, this.source.length + name.length)
    this.source += name
  }

  /**
   * Only fully qualified emoji are named: `❤` without U+FE0F is a text character by Unicode's rules, and a name would
   * bring it back as another one. Linear; text without any emoji is taken over as it is.
   */
  addText(value: string): void {
    let from = 0
    for (let at = nextCandidate(value, 0); at < value.length; ) {
      const start = startOf(value, at)
      const found = start === -1 ? { end: at + 1 } : findAt(value, start)
      if (found.name !== undefined) {
        this.source += value.slice(from, start)
        this.addName(found.name)
        from = found.end
      }
      at = nextCandidate(value, Math.max(found.end, at + 1))
    }
    this.source += from === 0 ? value : value.slice(from)
  }
}

/** Index of the next character that begins an emoji or, for keycaps, follows its digit. */
function nextCandidate(value: string, from: number): number {
  for (let at = from; at < value.length; at++) {
    if (isCandidate(value.charCodeAt(at))) return at
  }
  return value.length
}

/** Written out for speed: this is asked of every character of every message. A test compares it with Unicode's lists. */
function isCandidate(unit: number): boolean {
  if (unit < 0x203c) return unit === 0xa9 || unit === 0xae
  if (unit <= 0x2b55) return true
  if (unit < 0xd83c) return unit === 0x3030 || unit === 0x303d || unit === 0x3297 || unit === 0x3299
  return unit <= 0xd83f || unit === VARIATION
}

/** A keycap's digit stands before the character that gives it away. -1 for a stray U+FE0F. */
function startOf(value: string, at: number): number {
  const unit = value.charCodeAt(at)
  if (unit !== VARIATION && unit !== KEYCAP) return at
  const before = value.charCodeAt(at - 1)
  const isDigit = (before >= 0x30 && before <= 0x39) || before === 0x23 || before === 0x2a
  return isDigit ? at - 1 : -1
}

function findAt(value: string, start: number): Found {
  const tables = emojiTables()
  const point = value.codePointAt(start) ?? 0
  const end = start + (point > 0xffff ? 2 : 1)
  const isStyled = value.charCodeAt(end) === VARIATION
  const isFlagLetter = point >= 0x1f1e6 && point <= 0x1f1ff
  if (isFlagLetter || goesOn(value, isStyled ? end + 1 : end)) return findRun(value, start, tables)
  const styled = isStyled ? tables.nameByStyledPoint.get(point) : undefined
  return styled === undefined
    ? { end, name: tables.nameByPoint.get(point) }
    : { end: end + 1, name: styled }
}

/** Does a joiner, style, keycap, skin tone or tag follow? */
function goesOn(value: string, at: number): boolean {
  const unit = value.charCodeAt(at)
  if (!(unit >= ZWJ)) return false
  if (unit === 0xd83c) {
    const low = value.charCodeAt(at + 1)
    return low >= 0xdffb && low <= 0xdfff
  }
  return unit === ZWJ || unit === KEYCAP || unit === VARIATION || unit === 0xfe0e || unit === 0xdb40
}

/** Many keyboards add U+FE0F where Unicode asks for none (`⚡️`); it then stays behind the name, so nothing is lost. */
function findRun(value: string, start: number, tables: EmojiTables): Found {
  RUN.lastIndex = start
  if (!RUN.test(value)) return { end: start + 1 }
  const end = RUN.lastIndex
  const run = value.slice(start, end)
  const name = tables.nameByUnicode.get(run)
  if (name !== undefined || !run.endsWith('\uFE0F')) return { end, name }
  const shorter = tables.nameByUnicode.get(run.slice(0, -1))
  return { end: shorter === undefined ? end : end - 1, name: shorter }
}
