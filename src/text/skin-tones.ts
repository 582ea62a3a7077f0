import { emojiTables } from './emoji.ts'

/** An emoji of people without its skin tones, and those: 1 (light) to 5 (dark), one for all or one for each person. */
export interface TonedEmoji {
  readonly base: string
  readonly tones: readonly number[]
}

interface ToneTables {
  readonly split: ReadonlyMap<string, TonedEmoji>
  /** `base|tones` → the emoji. */
  readonly joined: ReadonlyMap<string, string>
}

const TONES = /\p{EMod}/gu
const FIRST_TONE = 0x1f3fb

/**
 * Two people of different tones are written as two joined persons; without tones they are one character (or, for men and
 * women apart, another sequence). Unicode's emoji-zwj-sequences.txt, sections "Family" and "Role".
 */
const UNTONED: Readonly<Record<string, string>> = {
  '👩‍🤝‍👨': '👫',
  '👩‍🤝‍👩': '👭',
  '👨‍🤝‍👨': '👬',
  '🫱‍🫲': '🤝',
  '🧑‍❤️‍🧑': '💑',
  '🧑‍❤️‍💋‍🧑': '💏',
  '🧑‍🐰‍🧑': '👯',
  '👩‍🐰‍👩': '👯‍♀️',
  '👨‍🐰‍👨': '👯‍♂️',
  '🧑‍🫯‍🧑': '🤼',
  '👩‍🫯‍👩': '🤼‍♀️',
  '👨‍🫯‍👨': '🤼‍♂️',
}

let tables: ToneTables | undefined

function toneTables(): ToneTables {
  tables ??= buildTables()
  return tables
}

function buildTables(): ToneTables {
  const { nameByUnicode } = emojiTables()
  const byBare = new Map<string, string>()
  for (const emoji of nameByUnicode.keys()) byBare.set(emoji.replaceAll('\uFE0F', ''), emoji)
  const split = new Map<string, TonedEmoji>()
  const joined = new Map<string, string>()
  for (const emoji of nameByUnicode.keys()) {
    const all = Array.from(emoji.matchAll(TONES), (match) => toneOf(match[0]))
    const untoned = emoji.replaceAll(TONES, '')
    if (all.length === 0 || untoned === '') continue
    const base = UNTONED[untoned] ?? byBare.get(untoned.replaceAll('\uFE0F', '')) ?? untoned
    const tones = new Set(all).size === 1 ? all.slice(0, 1) : all
    split.set(emoji, { base, tones })
    joined.set(`${base}|${tones.join('-')}`, emoji)
  }
  return { split, joined }
}

function toneOf(modifier: string): number {
  return (modifier.codePointAt(0) ?? FIRST_TONE) - FIRST_TONE + 1
}

/** Undefined for an emoji without skin tones. Takes the fully qualified form. */
export function splitTones(emoji: string): TonedEmoji | undefined {
  return toneTables().split.get(emoji)
}

/** 👍 and [3] → 👍🏽. Undefined where Unicode has no such emoji. Equal tones may be given once or for each person. */
export function withTones({ base, tones }: TonedEmoji): string | undefined {
  const key = new Set(tones).size === 1 ? tones.slice(0, 1) : tones
  return toneTables().joined.get(`${base}|${key.join('-')}`)
}
