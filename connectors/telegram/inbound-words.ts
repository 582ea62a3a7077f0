import { isRecord } from '#core/json.ts'
import { listOf, textFields } from '#kit/json-answer.ts'

/** Content that has no form at a portal, but words that somebody wrote. Told as text, beside `unsupported` with its name where there is more to it. */
const READERS: Readonly<Record<string, (content: Record<string, unknown>) => readonly string[]>> = {
  poll: (poll) => [
    textFields(poll)('question'),
    ...listOf(poll['options']).map((option, index) => numbered(index, textFields(option)('text'))),
  ],
  checklist: (checklist) => [
    textFields(checklist)('title'),
    ...listOf(checklist['tasks']).map((task) => `- ${textFields(task)('text')}`),
  ],
  contact: (contact) => readCard(textFields(contact)('vcard')),
  game: titled,
  invoice: titled,
  rich_message: (message) => listOf(message['blocks']).flatMap((block) => wordsIn(block, 0)),
}

/** Lines of text, without empty ones. */
export function readWords(message: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(READERS).flatMap(([name, read]) => {
    const content = message[name]
    return isRecord(content) ? read(content).filter((line) => line.trim() !== '') : []
  })
}

/** What a card may hold besides the name and the number, which have a place of their own. */
const CARD_FIELDS = new Set(['EMAIL', 'URL', 'ORG', 'TITLE', 'ADR', 'BDAY', 'NOTE'])

/** The fields of a vCard, a line each: `EMAIL;TYPE=work:ann@a.example` → `ann@a.example`. */
function readCard(card: string): string[] {
  return card.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':')
    const [name = ''] = line.slice(0, Math.max(colon, 0)).split(';', 1)
    if (!CARD_FIELDS.has(name.toUpperCase().replace(/^ITEM\d+\./, ''))) return []
    const parts = line.slice(colon + 1).split(/(?<!\\);/)
    return parts
      .map((part) => part.replace(/\\([,;\\])/g, '$1').trim())
      .filter(Boolean)
      .join(', ')
  })
}

function numbered(index: number, text: string): string {
  return text === '' ? '' : `${index + 1}. ${text}`
}

function titled(content: Record<string, unknown>): string[] {
  const text = textFields(content)
  return [text('title'), text('description')]
}

/** Nobody nests deeper; a forged update must not cost more than its size. */
const MAX_DEPTH = 20
/** Where a block, or a piece of its text, keeps what is inside: https://core.telegram.org/bots/api#richmessage */
const INSIDE = ['summary', 'title', 'text', 'expression', 'blocks', 'items', 'rows', 'cells']
const CREDITS = ['caption', 'credit', 'alternative_text']

/** A block's lines: pieces of one text stand together, blocks and items are lines of their own. */
function wordsIn(block: unknown, depth: number): string[] {
  if (depth > MAX_DEPTH) return []
  if (typeof block === 'string') return [block]
  if (Array.isArray(block)) return block.flatMap((one) => wordsIn(one, depth + 1))
  if (!isRecord(block)) return []
  return [...INSIDE, ...CREDITS].flatMap((name) => {
    const inside = block[name]
    return name === 'text' ? [inline(inside, depth + 1)] : wordsIn(inside, depth + 1)
  })
}

function inline(text: unknown, depth: number): string {
  if (depth > MAX_DEPTH) return ''
  if (typeof text === 'string') return text
  if (Array.isArray(text)) return text.map((piece) => inline(piece, depth + 1)).join('')
  if (!isRecord(text)) return ''
  const { text: inside, alternative_text: alternative, expression } = text
  return inline(inside ?? alternative ?? expression, depth + 1)
}
