import { createRequire } from 'node:module'

/** The part of emoji-toolkit's `emoji_strategy.json` that is used, by code points. */
type StrategyTable = Readonly<
  Record<
    string,
    {
      readonly shortname: string
      readonly shortname_alternates: readonly string[]
      readonly unicode_output: string
    }
  >
>

export interface EmojiTables {
  /** Every short name without its colons → Unicode. */
  readonly unicodeByName: ReadonlyMap<string, string>
  /** Fully qualified Unicode → `:name:`. One to one with what `unicodeByName` gives for that name. */
  readonly nameByUnicode: ReadonlyMap<string, string>
  /** The same with every U+FE0F left out of the key, for what a channel declares to be an emoji. */
  readonly nameByBareUnicode: ReadonlyMap<string, string>
  /** `nameByUnicode` for the emoji of one code point, by that code point. Single flag letters are left out. */
  readonly nameByPoint: ReadonlyMap<number, string>
  /** `nameByUnicode` for the emoji of one code point and U+FE0F. */
  readonly nameByStyledPoint: ReadonlyMap<number, string>
}

const FLAG_LETTER = /\p{RI}/u
const NON_ASCII = /[^\0-\x7f]/
const VARIATION = '\uFE0F'
const COLON = 0x3a
const SEMICOLON = 0x3b

let tables: EmojiTables | undefined

/** Built at first use: reading the 0.9 MB table takes about 15 ms, which most commands of the hub never need. */
export function emojiTables(): EmojiTables {
  tables ??= buildTables(createRequire(import.meta.url)('emoji-toolkit/emoji_strategy.json'))
  return tables
}

function buildTables(strategy: StrategyTable): EmojiTables {
  // Made here, for its long list takes 30 ms to be read.
  const rgiEmoji = /^\p{RGI_Emoji}$/v
  const unicodeByName = new Map<string, string>()
  const nameByUnicode = new Map<string, string>()
  const nameByBareUnicode = new Map<string, string>()
  const nameByPoint = new Map<number, string>()
  const nameByStyledPoint = new Map<number, string>()
  for (const entry of Object.values(strategy)) {
    const unicode = qualify(fromCodePoints(entry.unicode_output), rgiEmoji)
    for (const name of [entry.shortname, ...entry.shortname_alternates]) {
      unicodeByName.set(name.slice(1, -1), unicode)
    }
    nameByUnicode.set(unicode, entry.shortname)
    const bare = unicode.replaceAll(VARIATION, '')
    if (NON_ASCII.test(bare)) nameByBareUnicode.set(bare, entry.shortname)
    const [point = '', style, rest] = unicode
    if (style === undefined && !FLAG_LETTER.test(point)) {
      nameByPoint.set(point.codePointAt(0) ?? 0, entry.shortname)
    } else if (style === VARIATION && rest === undefined) {
      nameByStyledPoint.set(point.codePointAt(0) ?? 0, entry.shortname)
    }
  }
  return { unicodeByName, nameByUnicode, nameByBareUnicode, nameByPoint, nameByStyledPoint }
}

/** `1f44d-1f3fd` → the characters. */
export function fromCodePoints(hex: string): string {
  return String.fromCodePoint(...hex.split('-').map((point) => Number.parseInt(point, 16)))
}

/** The table adds U+FE0F to U+26A1 and leaves it off U+26A7, against Unicode's own list of emoji. */
function qualify(unicode: string, rgiEmoji: RegExp): string {
  const forms = [unicode, unicode.replaceAll(VARIATION, ''), unicode + VARIATION]
  return forms.find((form) => rgiEmoji.test(form)) ?? unicode
}

/** `smile` → its Unicode form; undefined for a word that is no short name. */
export function emojiByName(name: string): string | undefined {
  return emojiTables().unicodeByName.get(name)
}

/**
 * The short name (`:heart:`) of something a channel says is an emoji, whether or not it writes variation selectors
 * (Telegram's reaction is U+2764 alone). Undefined when the tables don't know it.
 */
export function nameOfEmoji(value: string): string | undefined {
  return emojiTables().nameByBareUnicode.get(value.replaceAll(VARIATION, ''))
}

/** The fully qualified form of something a channel says is an emoji. Undefined when the tables don't know it. */
export function qualifiedEmoji(value: string): string | undefined {
  const name = nameOfEmoji(value)
  return name === undefined ? undefined : emojiByName(name.slice(1, -1))
}

/** Which characters stand in a short name, by code: a-z, 0-9, `_`, `+`, `-`, `ñ`. */
const IN_NAME = new Uint8Array(0x100)
for (const sign of 'abcdefghijklmnopqrstuvwxyz0123456789_+-ñ') IN_NAME[sign.charCodeAt(0)] = 1

/** Longer words aren't looked up; the table's longest name has 76 characters. */
const MAX_NAME = 80

/** A word between two colons that has a meaning: it begins at `index`, colons and all it has `length` characters. */
export interface NameHit {
  readonly index: number
  readonly length: number
  readonly emoji: string
}

/**
 * The first name at or after `at`, as a reader would find it: a word between colons that is no name is skipped by one
 * colon only, since its second colon may begin a name. Every character is looked at once.
 */
export function nextNameIn(
  names: ReadonlyMap<string, string>,
  source: string,
  at: number,
): NameHit | undefined {
  for (let index = source.indexOf(':', at); index !== -1; ) {
    const end = wordEnd(source, index)
    const emoji = lookUp(names, source, index, end)
    if (emoji !== undefined) return { index, length: end + 1 - index, emoji }
    index = source.indexOf(':', end)
  }
  return undefined
}

function wordEnd(source: string, open: number): number {
  let end = open + 1
  while (IN_NAME[source.charCodeAt(end)] === 1) end += 1
  return end
}

function lookUp(
  names: ReadonlyMap<string, string>,
  source: string,
  open: number,
  end: number,
): string | undefined {
  const length = end - open - 1
  if (length === 0 || length > MAX_NAME || source.charCodeAt(end) !== COLON) return undefined
  return names.get(source.slice(open + 1, end))
}

/** Does a short name begin with the colon at this index? */
export function isNameAt(source: string, open: number): boolean {
  const { unicodeByName } = emojiTables()
  return lookUp(unicodeByName, source, open, wordEnd(source, open)) !== undefined
}

/** `nextNameIn` for the portals' short names. */
function nextName(source: string, at: number): NameHit | undefined {
  return nextNameIn(emojiTables().unicodeByName, source, at)
}

/** The first of the escapes `&amp;`, `&#91;`, `&#58;` at or after `at`. All three have five characters. */
function nextEscape(source: string, at: number): NameHit | undefined {
  for (let index = source.indexOf('&', at); index !== -1; index = source.indexOf('&', index + 1)) {
    const sign = signOfEscape(source, index)
    if (sign !== undefined) return { index, length: 5, emoji: sign }
  }
  return undefined
}

function signOfEscape(source: string, index: number): string | undefined {
  if (source.charCodeAt(index + 4) !== SEMICOLON) return undefined
  if (source.startsWith('amp', index + 1)) return '&'
  if (source.startsWith('#91', index + 1)) return '['
  return source.startsWith('#58', index + 1) ? ':' : undefined
}

/**
 * Undoes the escapes and, with `hasNames`, turns short names into Unicode, both in one pass: what an escape stands for
 * begins no name. Linear.
 */
export function decodeText(source: string, hasNames: boolean): string {
  let name = hasNames && source.includes(':') ? nextName(source, 0) : undefined
  let typed = nextEscape(source, 0)
  let out = ''
  let from = 0
  for (;;) {
    const hit = name && (!typed || name.index < typed.index) ? name : typed
    if (!hit) return from === 0 ? source : out + source.slice(from)
    out += source.slice(from, hit.index) + hit.emoji
    from = hit.index + hit.length
    if (hit === name) name = nextName(source, from)
    else typed = nextEscape(source, from)
  }
}
