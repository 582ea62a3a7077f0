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

interface EmojiTables {
  /** Every short name without its colons → Unicode. */
  readonly unicodeByName: ReadonlyMap<string, string>
  /** Fully qualified Unicode → `:name:`. One to one with what `unicodeByName` gives for that name. */
  readonly nameByUnicode: ReadonlyMap<string, string>
  /** The same with every U+FE0F left out of the key, for what a channel declares to be an emoji. */
  readonly nameByBareUnicode: ReadonlyMap<string, string>
}

/**
 * A run that displays as one emoji (UTS #51 "possible emoji"): a flag pair, or elements joined by U+200D, each with
 * its variation selector, keycap, skin tone or tag sequence. Matching whole runs keeps an emoji the tables don't know
 * in one piece instead of naming its parts.
 */
const ELEMENT =
  '\\p{Emoji}(?:\\p{EMod}|\\uFE0F?\\u20E3|\\uFE0F|[\\u{E0020}-\\u{E007E}]{1,32}\\u{E007F})?'
const EMOJI_RUN = new RegExp(`\\p{RI}\\p{RI}?|${ELEMENT}(?:\\u200D${ELEMENT})*`, 'gu')
const RGI_EMOJI = /^\p{RGI_Emoji}$/v
const NON_ASCII = /[^\0-\x7f]/
const VARIATION = '\uFE0F'

/** A colon that begins something shaped like a short name; the longest name has 76 characters. */
const NAME_SHAPE = ':(?=([a-z0-9_+\\-ñ]{1,80}):)'
const NAME_AT = new RegExp(NAME_SHAPE, 'g')
const NAME_OR_ESCAPE = new RegExp(`&(?:amp|#91|#58);|${NAME_SHAPE}`, 'g')
const ESCAPE = /&(?:amp|#91|#58);/g
const DECODED: Readonly<Record<string, string>> = { '&amp;': '&', '&#91;': '[', '&#58;': ':' }

let tables: EmojiTables | undefined

/** Built at first use: reading the 0.9 MB table takes about 15 ms, which most commands of the hub never need. */
function emojiTables(): EmojiTables {
  tables ??= buildTables(createRequire(import.meta.url)('emoji-toolkit/emoji_strategy.json'))
  return tables
}

function buildTables(strategy: StrategyTable): EmojiTables {
  const unicodeByName = new Map<string, string>()
  const nameByUnicode = new Map<string, string>()
  const nameByBareUnicode = new Map<string, string>()
  for (const entry of Object.values(strategy)) {
    const unicode = qualify(fromCodePoints(entry.unicode_output))
    for (const name of [entry.shortname, ...entry.shortname_alternates]) {
      unicodeByName.set(name.slice(1, -1), unicode)
    }
    nameByUnicode.set(unicode, entry.shortname)
    const bare = unicode.replaceAll(VARIATION, '')
    if (NON_ASCII.test(bare)) nameByBareUnicode.set(bare, entry.shortname)
  }
  return { unicodeByName, nameByUnicode, nameByBareUnicode }
}

function fromCodePoints(hex: string): string {
  return String.fromCodePoint(...hex.split('-').map((point) => Number.parseInt(point, 16)))
}

/** The table adds U+FE0F to U+26A1 and leaves it off U+26A7, against Unicode's own list of emoji. */
function qualify(unicode: string): string {
  const forms = [unicode, unicode.replaceAll(VARIATION, ''), unicode + VARIATION]
  return forms.find((form) => RGI_EMOJI.test(form)) ?? unicode
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

/** A piece of text on its way out: `isLiteral` was typed, the rest are short names put there by the hub. */
export interface TextPiece {
  readonly value: string
  readonly isLiteral: boolean
}

/**
 * Cuts text into literal pieces and short names. Only fully qualified emoji are named: `❤` without U+FE0F is a text
 * character by Unicode's rules, and naming it would bring it back as another one.
 */
export function nameEmoji(value: string): TextPiece[] {
  if (!NON_ASCII.test(value)) return [{ value, isLiteral: true }]
  const { nameByUnicode } = emojiTables()
  const pieces: TextPiece[] = []
  let from = 0
  for (const match of value.matchAll(EMOJI_RUN)) {
    const run = match[0]
    const found = lookUp(run, nameByUnicode)
    if (!found) continue
    if (match.index > from) {
      pieces.push({ value: value.slice(from, match.index), isLiteral: true })
    }
    pieces.push({ value: found.name, isLiteral: false })
    from = match.index + found.length
  }
  if (from < value.length) pieces.push({ value: value.slice(from), isLiteral: true })
  return pieces
}

/** Many keyboards add U+FE0F where Unicode asks for none (`⚡️`); it then stays behind the name, so nothing is lost. */
function lookUp(
  run: string,
  names: ReadonlyMap<string, string>,
): { name: string; length: number } | undefined {
  const name = names.get(run)
  if (name !== undefined) return { name, length: run.length }
  if (!run.endsWith(VARIATION)) return undefined
  const shorter = names.get(run.slice(0, -1))
  return shorter === undefined ? undefined : { name: shorter, length: run.length - 1 }
}

/**
 * The first short name at or after `at`, as a reader would find it: a word between colons that is no name is skipped by
 * one colon only, since its second colon may begin a name.
 */
export function nextName(
  source: string,
  at: number,
): { index: number; length: number } | undefined {
  for (let from = at; ; ) {
    NAME_AT.lastIndex = from
    const match = NAME_AT.exec(source)
    if (!match) return undefined
    const name = match[1] ?? ''
    if (emojiByName(name) !== undefined) return { index: match.index, length: name.length + 2 }
    from = match.index + 1
  }
}

/** Undoes the escapes `&#91;`, `&#58;`, `&amp;` and, with `hasNames`, turns short names into Unicode. Linear. */
export function decodeText(source: string, hasNames: boolean): string {
  const pattern = hasNames ? NAME_OR_ESCAPE : ESCAPE
  let out = ''
  let from = 0
  for (let at = 0; ; ) {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (!match) return out === '' ? source.slice(from) : out + source.slice(from)
    const name = match[1]
    const unicode = name === undefined ? DECODED[match[0]] : emojiByName(name)
    at = match.index + match[0].length
    if (unicode === undefined) continue
    if (name !== undefined) at += name.length + 1
    out += source.slice(from, match.index) + unicode
    from = at
  }
}
