import { isRecord } from '#core/json.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { textFields } from '#kit/json-answer.ts'
import type { Attachment } from './types.ts'

const CARD = /^application\/vnd\.microsoft\.(?:teams\.)?card\./
/** Nobody nests deeper; a forged activity must not cost more than its size. */
const MAX_DEPTH = 20
/** What people read on a card, in the order in which it stands there. */
const WORDS = ['title', 'subtitle', 'text', 'value'] as const
/** Where cards keep what is inside: https://adaptivecards.io/explorer, and Bot Framework's own cards. */
const INSIDE = [
  'body',
  'items',
  'columns',
  'facts',
  'inlines',
  'rows',
  'cells',
  'sections',
] as const

/** The words on a card that somebody has sent, a line each. Its pictures and buttons are left to `unsupported`. */
export function readCard({ contentType, content }: Attachment): RichText {
  if (!CARD.test(contentType ?? '')) return []
  return plainText(wordsIn(content, 0).join('\n'))
}

function wordsIn(value: unknown, depth: number): string[] {
  if (depth > MAX_DEPTH) return []
  if (Array.isArray(value)) return value.flatMap((one) => wordsIn(one, depth + 1))
  if (!isRecord(value)) return []
  const field = textFields(value)
  const own = WORDS.map(field).filter((words) => words.trim() !== '')
  // The name of a fact stands beside what it is.
  const line = field('title') !== '' && field('value') !== '' ? [own.join(': ')] : own
  return [...line, ...INSIDE.flatMap((name) => wordsIn(value[name], depth + 1))]
}
