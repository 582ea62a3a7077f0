import { given } from '#core/given.ts'
import type { Button } from '#core/message.ts'
import { chunk } from '#kit/chunk.ts'
import { listButtons, visibleButtons } from '#kit/degrade.ts'
import { isWebAddress } from '#kit/web-address.ts'

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
  const listed: Button[] = []
  const shown = rows.flatMap((row) =>
    chunk(
      row.flatMap((button) => toAction(button, listed)),
      ROW_LENGTH,
    ),
  )
  const list = listButtons(listed)
  const count = shown.flat().length
  if (count === 0) return { list }
  const fits = (most: typeof INLINE): boolean => shown.length <= most.rows && count <= most.buttons
  if (fits(INLINE)) return { keyboard: JSON.stringify({ inline: true, buttons: shown }), list }
  if (fits(BELOW)) return { keyboard: JSON.stringify({ one_time: true, buttons: shown }), list }
  return { list: listButtons(visibleButtons(rows)) }
}

/** Adds a button that VK can't show to `listed`. */
function toAction(button: Button, listed: Button[]): object[] {
  const { text: label, url, payload } = button
  if (label.trim() === '') return []
  if (isWebAddress(url) && label.length <= LABEL_LIMIT) {
    return [{ action: { type: 'open_link', link: url, label } }]
  }
  const data = payload === undefined ? undefined : JSON.stringify({ hub: payload })
  const isShort = label.length <= LABEL_LIMIT && (data?.length ?? 0) <= PAYLOAD_LIMIT
  if (url === undefined && isShort) {
    return [{ action: { type: 'text', label, ...given({ payload: data }) } }]
  }
  listed.push(button)
  return []
}

/** The buttons of a keyboard as lines of text, for when VK won't have it. */
export function listKeyboard(keyboard: string): string {
  const { buttons } = JSON.parse(keyboard) as {
    buttons: { action: { label: string; link?: string } }[][]
  }
  const shown = buttons.flat().map(({ action: { label: text, link } }) => {
    return { text, ...given({ url: link }) }
  })
  return listButtons(shown).join('\n')
}
