import { createRequire } from 'node:module'
import type { RichText } from '../../core/rich-text.ts'
import { qualifiedEmoji } from '../emoji.ts'
import { type EmojiMark, guardMarks, readMarks } from '../emoji-marks.ts'

/**
 * `tables/viber-emoticons.json`: Viber's codes and the emoji nearest to its own picture. The codes are those of
 * github.com/Crissov/unicode-proposals issue 403 and of an Android client's resources; the emoji are this project's
 * choice. Codes without a likeness (`(batman)`) are left out and stay as typed.
 */
const CODES = './tables/viber-emoticons.json'

interface ViberTables {
  readonly emojiByCode: ReadonlyMap<string, string>
  readonly codeByEmoji: ReadonlyMap<string, string>
}

let tables: ViberTables | undefined

function viberTables(): ViberTables {
  tables ??= buildTables(createRequire(import.meta.url)(CODES))
  return tables
}

function buildTables(codes: Readonly<Record<string, string>>): ViberTables {
  const codeByEmoji = new Map<string, string>()
  for (const [code, emoji] of Object.entries(codes)) {
    if (!codeByEmoji.has(emoji)) codeByEmoji.set(emoji, code)
  }
  return { emojiByCode: new Map(Object.entries(codes)), codeByEmoji }
}

/** The longest code has 16 characters. A `(` inside begins a code of its own. */
const CODE = /\([A-Za-z0-9_!$]{1,20}\)/g

/**
 * Text as Viber sends it: its `(smiley)` codes, whose case counts, become nodes 'emoji'; unknown words in parentheses and
 * codes inside addresses and e-mails stay as typed. Viber puts a code right behind a word, so none is required between.
 */
export function readViberEmoticons(text: string): RichText {
  return readMarks(text, (from) => nextMark(text, from))
}

/**
 * The code that Viber shows as this emoji: one whose reading gives the same emoji back. For clients that draw no
 * Unicode emoji; the others draw both.
 */
export function viberCodeOfEmoji(unicode: string): string | undefined {
  const emoji = qualifiedEmoji(unicode)
  return emoji === undefined ? undefined : viberTables().codeByEmoji.get(emoji)
}

/** Text typed by a person, so written that Viber shows it and no picture: U+200B behind the `(` of each known code. */
export function guardViberCodes(text: string): string {
  return guardMarks(text, (from) => nextMark(text, from))
}

function nextMark(text: string, from: number): EmojiMark | undefined {
  CODE.lastIndex = from
  for (let match = CODE.exec(text); match; match = CODE.exec(text)) {
    const emoji = viberTables().emojiByCode.get(match[0])
    if (emoji !== undefined) return { index: match.index, length: match[0].length, emoji }
  }
  return undefined
}
