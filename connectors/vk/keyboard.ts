import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Button } from '#core/message.ts'

/** https://dev.vk.com/en/api/bots/development/keyboard */
const LABEL_LIMIT = 40
const PAYLOAD_LIMIT = 255
const ROW_LENGTH = 5
const INLINE = { rows: 6, buttons: 10 }
const BELOW = { rows: 10, buttons: 40 }

export interface PlannedButtons {
  /** JSON; absent where none can be shown. */
  readonly keyboard?: string
  /** Buttons that VK can't show, as lines of text. */
  readonly list: readonly string[]
}

/**
 * Buttons in the message itself, or, if they are too many for that, below the conversation until one is pressed. A
 * pressed one sends its label with our payload, which every client of VK's can do.
 */
export function planButtons(rows: readonly (readonly Button[])[]): PlannedButtons {
  const list: string[] = []
  const shown = rows.flatMap((row) => chunk(row.flatMap((button) => toAction(button, list))))
  const count = shown.flat().length
  if (count === 0) return { list }
  const fits = (most: typeof INLINE): boolean => shown.length <= most.rows && count <= most.buttons
  if (fits(INLINE)) return { keyboard: JSON.stringify({ inline: true, buttons: shown }), list }
  if (fits(BELOW)) return { keyboard: JSON.stringify({ one_time: true, buttons: shown }), list }
  const all = rows.flat().filter(({ text }) => text.trim() !== '')
  return { list: all.map(toLine) }
}

function toLine({ text, url }: Button, index: number): string {
  return `${index + 1}. ${text}${url ? ` – ${url}` : ''}`
}

function chunk(row: readonly object[]): (readonly object[])[] {
  const chunks: (readonly object[])[] = []
  for (let from = 0; from < row.length; from += ROW_LENGTH) {
    chunks.push(row.slice(from, from + ROW_LENGTH))
  }
  return chunks
}

/** Adds what VK can't show to `list`. */
function toAction(button: Button, list: string[]): object[] {
  const { text: label, url, payload } = button
  if (label.trim() === '') return []
  if (url !== undefined && /^https?:\/\//i.test(url) && label.length <= LABEL_LIMIT) {
    return [{ action: { type: 'open_link', link: url, label } }]
  }
  const data = payload === undefined ? undefined : JSON.stringify({ hub: payload })
  const isShort = label.length <= LABEL_LIMIT && (data?.length ?? 0) <= PAYLOAD_LIMIT
  if (url === undefined && isShort) {
    return [{ action: { type: 'text', label, ...given({ payload: data }) } }]
  }
  list.push(toLine(button, list.length))
  return []
}

/** The buttons of a keyboard as lines of text, for when VK won't have it. */
export function listButtons(keyboard: string): string {
  const { buttons } = JSON.parse(keyboard) as {
    buttons: { action: { label: string; link?: string } }[][]
  }
  const lines = buttons.flat().map(({ action: { label: text, link } }, index) => {
    return toLine({ text, ...given({ url: link }) }, index)
  })
  return lines.join('\n')
}

/** What a portal gave as the payload; of a button that isn't ours, VK's JSON as it is. */
export function readPayload(payload: string): string {
  try {
    const value: unknown = JSON.parse(payload)
    if (isRecord(value) && typeof value['hub'] === 'string') return value['hub']
  } catch {
    // Not ours then; VK hands on whatever a program has put there.
  }
  return payload
}
