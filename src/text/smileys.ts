import type { RichText } from '../core/rich-text.ts'
import { type EmojiMark, readMarks } from './emoji-marks.ts'

/** What is typed (`:-)`) → the emoji a channel draws for it. Case counts. */
export type SmileyTable = ReadonlyMap<string, string>

/** From `emoji: 'smiley smiley …'`. */
export function smileyTable(smileys: Readonly<Record<string, string>>): SmileyTable {
  return new Map(
    Object.entries(smileys).flatMap(([emoji, typed]) =>
      typed.split(' ').map((smiley): [string, string] => [smiley, emoji]),
    ),
  )
}

/** The longest smiley has four signs; with it may stand `…!?`. */
const MAX_WORD = 8
const SENTENCE_END = /[.,!?…]+$/

/**
 * Typed smileys become nodes 'emoji' where the channel draws them: only as a word of their own, with nothing but the end
 * of a sentence behind it; never in an address, an e-mail, code, a time or a list's `8)`. Linear.
 */
export function readSmileys(text: string, smileys: SmileyTable): RichText {
  const starts = new Set(Array.from(smileys.keys(), (smiley) => smiley.charCodeAt(0)))
  return readMarks(text, (from) => nextSmiley(text, from, smileys, starts))
}

function nextSmiley(
  text: string,
  from: number,
  smileys: SmileyTable,
  starts: ReadonlySet<number>,
): EmojiMark | undefined {
  for (let at = from; at < text.length; at++) {
    if (!starts.has(text.charCodeAt(at)) || !isBreak(text, at - 1)) continue
    const word = wordAt(text, at)
    const emoji = smileys.get(word)
    if (emoji !== undefined) return { index: at, length: word.length, emoji }
    const smiley = word.replace(SENTENCE_END, '')
    const before = smileys.get(smiley)
    if (before !== undefined) return { index: at, length: smiley.length, emoji: before }
  }
  return undefined
}

/** The word that begins here; '' for one too long to be a smiley. */
function wordAt(text: string, start: number): string {
  let end = start
  while (!isBreak(text, end)) {
    if (end - start === MAX_WORD) return ''
    end += 1
  }
  return text.slice(start, end)
}

/** Is there white space, or no character at all? */
function isBreak(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return Number.isNaN(unit) || unit <= 0x20 || unit === 0xa0
}
