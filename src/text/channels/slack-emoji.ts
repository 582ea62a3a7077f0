import { createRequire } from 'node:module'
import type { RichText } from '../../core/rich-text.ts'
import { nextNameIn, qualifiedEmoji } from '../emoji.ts'
import { type EmojiMark, guardMarks, readMarks } from '../emoji-marks.ts'
import { splitTones, withTones } from '../skin-tones.ts'

interface SlackTables {
  /** A name without its colons → Unicode. */
  readonly emojiByName: ReadonlyMap<string, string>
  /** Unicode → the name Slack itself writes. */
  readonly nameByEmoji: ReadonlyMap<string, string>
}

/**
 * `tables/slack-names.json`: for each emoji without skin tone Slack's names, its own choice first. The lists
 * `build/data_emoji_names*.txt` of github.com/iamcal/emoji-data (MIT), which Slack's names come from, up to Unicode 17;
 * names of before a renaming (`satellite` for the dish) only where they weren't given to another emoji. `simple_smile` is
 * Slack's own. Flags follow a rule and aren't listed.
 */
const NAMES = './tables/slack-names.json'

let tables: SlackTables | undefined

function slackTables(): SlackTables {
  tables ??= buildTables(createRequire(import.meta.url)(NAMES))
  return tables
}

function buildTables(names: Readonly<Record<string, string>>): SlackTables {
  const emojiByName = new Map<string, string>()
  const nameByEmoji = new Map<string, string>()
  for (const [emoji, list] of Object.entries(names)) {
    for (const name of list.split(' ')) {
      emojiByName.set(name, emoji)
      if (!nameByEmoji.has(emoji)) nameByEmoji.set(emoji, name)
    }
  }
  addFlags(emojiByName, nameByEmoji)
  return { emojiByName, nameByEmoji }
}

/** `flag-de`; ten countries are read under their two letters as well. CQ is listed under another name. */
function addFlags(emojiByName: Map<string, string>, nameByEmoji: Map<string, string>): void {
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  for (const first of letters) {
    for (const second of letters) {
      const flag = regionalIndicator(first) + regionalIndicator(second)
      if (qualifiedEmoji(flag) === undefined || nameByEmoji.get(flag) === 'flag-sark') continue
      emojiByName.set(`flag-${first}${second}`, flag)
      nameByEmoji.set(flag, `flag-${first}${second}`)
    }
  }
}

function regionalIndicator(letter: string): string {
  return String.fromCodePoint(0x1f1e6 + letter.charCodeAt(0) - 'a'.charCodeAt(0))
}

/** Slack counts skin tones from 2, as dermatology does (types I and II share one); two people may have two. */
const TONES = /^skin-tone-([2-6])(?:-([2-6]))?$/
const TONES_AT = /:skin-tone-[2-6](?:-[2-6])?:/y

/** The emoji of a Slack name without its outer colons, as reactions give it (`+1`, `wave::skin-tone-3`). */
export function emojiOfSlackName(name: string): string | undefined {
  const [word = '', tones, ...more] = name.split('::')
  const base = slackTables().emojiByName.get(word)
  if (tones === undefined || base === undefined) return base
  const [, first, second] = TONES.exec(tones) ?? []
  if (first === undefined || more.length > 0) return undefined
  const given = second === undefined ? [first] : [first, second]
  return withTones({ base, tones: given.map((tone) => Number(tone) - 1) })
}

/** `+1`, `wave::skin-tone-3`: Slack's name without the outer colons. Undefined where Slack has none. */
export function slackNameOfEmoji(unicode: string): string | undefined {
  const emoji = qualifiedEmoji(unicode)
  if (emoji === undefined) return undefined
  const { nameByEmoji } = slackTables()
  const toned = splitTones(emoji)
  const name = nameByEmoji.get(toned?.base ?? emoji)
  if (!toned || name === undefined) return name
  return `${name}::skin-tone-${toned.tones.map((tone) => tone + 1).join('-')}`
}

/**
 * Slack's `:name:` and `:name::skin-tone-3:` become nodes 'emoji'. Unknown and custom names (a picture of the
 * workspace's own) stay as typed, and so do names in addresses and code, and numbers in times (`1:100:30`). Linear.
 */
export function readSlackEmoji(text: string): RichText {
  return readMarks(text, (from) => nextMark(text, from))
}

/** Text typed by a person, so written that Slack shows it and no emoji: U+200B behind the first colon of a known name. */
export function guardSlackNames(text: string): string {
  return guardMarks(text, (from) => nextMark(text, from))
}

function nextMark(text: string, from: number): EmojiMark | undefined {
  const { emojiByName } = slackTables()
  for (let hit = nextNameIn(emojiByName, text, from); hit; ) {
    if (!isInTime(text, hit)) return withToneBehind(text, hit)
    hit = nextNameIn(emojiByName, text, hit.index + hit.length - 1)
  }
  return undefined
}

const NUMBER = /^\d+$/

function isInTime(text: string, { index, length }: EmojiMark): boolean {
  const touchesDigit =
    isDigit(text.charCodeAt(index - 1)) || isDigit(text.charCodeAt(index + length))
  return touchesDigit && NUMBER.test(text.slice(index + 1, index + length - 1))
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39
}

/** A tone that the emoji doesn't have is left to be read as a colour patch of its own, as Slack shows it. */
function withToneBehind(text: string, hit: EmojiMark): EmojiMark {
  const end = hit.index + hit.length
  if (text[end] !== ':') return hit
  TONES_AT.lastIndex = end
  if (!TONES_AT.test(text)) return hit
  const length = TONES_AT.lastIndex - hit.index
  const emoji = emojiOfSlackName(text.slice(hit.index + 1, TONES_AT.lastIndex - 1))
  return emoji === undefined ? hit : { index: hit.index, length, emoji }
}
