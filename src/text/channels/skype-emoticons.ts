import { createRequire } from 'node:module'
import { fromCodePoints, qualifiedEmoji } from '../emoji.ts'
import { withTones } from '../skin-tones.ts'

/** `tables/skype-emoticons.json`; codes are in lower case. */
interface EmoticonData {
  /** Id → the emoji, then its codes, the one to write first; separated by spaces. */
  readonly classic: Readonly<Record<string, string>>
  /** Code → emoji, where the classic ids have none. */
  readonly codes: Readonly<Record<string, string>>
  /** Teams' further ids → emoji. */
  readonly teams: Readonly<Record<string, string>>
}

/**
 * Classic: ids and codes as in github.com/Terrance/SkPy `skpy/static.py` (BSD-3-Clause); the emoji are this project's
 * choice, ids without a likeness (`(tumbleweed)`) are left out and their codes stay as typed; so is `(mo)`, which stands
 * for two of them. Codes: Microsoft's list of 2025-03-31 by way of github.com/sbamboo/skype-emoticons, as far as a name
 * equals a Unicode name or an id of Teams. Teams: "Teams Reactions Reference" of MicrosoftDocs/msteams-docs (2026-01).
 */
const DATA = './tables/skype-emoticons.json'

interface EmoticonTables {
  readonly emojiById: ReadonlyMap<string, string>
  readonly emojiByCode: ReadonlyMap<string, string>
  readonly codeByEmoji: ReadonlyMap<string, string>
}

let tables: EmoticonTables | undefined

function emoticonTables(): EmoticonTables {
  tables ??= buildTables(createRequire(import.meta.url)(DATA))
  return tables
}

function buildTables(data: EmoticonData): EmoticonTables {
  const emojiById = new Map(Object.entries(data.teams))
  const emojiByCode = new Map<string, string>()
  const codeByEmoji = new Map<string, string>()
  const addCode = (code: string, emoji: string): void => {
    emojiByCode.set(code, emoji)
    if (!codeByEmoji.has(emoji)) codeByEmoji.set(emoji, code)
  }
  for (const [id, list] of Object.entries(data.classic)) {
    const [emoji = '', ...codes] = list.split(' ')
    emojiById.set(id, emoji)
    for (const code of codes) addCode(code, emoji)
  }
  for (const [code, emoji] of Object.entries(data.codes)) addCode(code, emoji)
  return { emojiById, emojiByCode, codeByEmoji }
}

const TONE = /^(.{1,60})-tone([1-5])$/
/** `1f44b_wavinghand`: the newer ids begin with the code points. Five digits are none too high. */
const POINTS = /^([0-9a-f]{4,5}(?:-[0-9a-f]{4,5}){0,9})_/

/**
 * The emoji of a Skype or Teams emoticon id (`<ss type="smile">`, `itemid="1f44b_wavinghand-tone3"`, a reaction's type).
 * Undefined for an id that has no likeness; what was typed for it, or the picture's `alt`, then says more.
 */
export function emojiOfSkypeId(id: string): string | undefined {
  const key = id.toLowerCase()
  const [, name, tone] = TONE.exec(key) ?? []
  if (name === undefined) return emojiOfPlainId(key)
  const base = emojiOfPlainId(name)
  return base === undefined ? undefined : (withTones({ base, tones: [Number(tone)] }) ?? base)
}

function emojiOfPlainId(id: string): string | undefined {
  const points = POINTS.exec(id)?.[1]
  if (points !== undefined) return qualifiedEmoji(fromCodePoints(points))
  const { emojiById, emojiByCode } = emoticonTables()
  return emojiById.get(id) ?? emojiByCode.get(`(${id})`)
}

/** The emoji of what is typed for it in Skype (`:)`, `(heart)`), letters in either case. */
export function emojiOfSkypeCode(typed: string): string | undefined {
  const code = typed.toLowerCase()
  const emoji = emoticonTables().emojiByCode.get(code)
  if (emoji !== undefined || !code.endsWith(')') || !code.startsWith('(')) return emoji
  return TONE.test(code.slice(1, -1)) ? emojiOfSkypeId(code.slice(1, -1)) : undefined
}

/** The code that Skype shows as this emoji: one whose reading gives the same emoji back. */
export function skypeCodeOfEmoji(unicode: string): string | undefined {
  const emoji = qualifiedEmoji(unicode)
  return emoji === undefined ? undefined : emoticonTables().codeByEmoji.get(emoji)
}
