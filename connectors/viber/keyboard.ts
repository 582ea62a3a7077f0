import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Button } from '#core/message.ts'

/** A keyboard is six columns wide. https://developers.viber.com/docs/tools/keyboards/ */
const COLUMNS = 6
const MAX_ROWS = 24
const TEXT_LIMIT = 250
/** A call holds 30 KB in all: what would leave too little for the text becomes a list. */
const KEYBOARD_BYTES = 5000
/** Viber takes 4000 characters: https://developers.viber.com/docs/api/rest-bot-api/#general-send-message-parameters */
const TRACKING_BYTES = 3500

export interface PlannedButtons {
  /** `keyboard` and `tracking_data` of the message that shows the buttons; empty if none can be shown. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Buttons that Viber can't show, as lines of text. */
  readonly list: readonly string[]
}

/**
 * Buttons as a keyboard. A pressed one arrives as if its payload had been typed, with the `tracking_data` of the last
 * message: that holds the payloads, so that `pressedButton` knows a press from words.
 */
export function planButtons(rows: readonly (readonly Button[])[]): PlannedButtons {
  const filled = rows
    .map((row) => row.filter(({ text }) => text.trim() !== ''))
    .filter((row) => row.length > 0)
  if (filled.length === 0) return { fields: {}, list: [] }
  const buttons = filled.flatMap(chunk).flatMap(toRow)
  const keyboard = { Type: 'keyboard', Buttons: buttons }
  const tracking = toTracking(filled.flat())
  const isShown =
    filled.flat().every(isNative) &&
    filled.flatMap(chunk).length <= MAX_ROWS &&
    Buffer.byteLength(JSON.stringify(keyboard)) <= KEYBOARD_BYTES &&
    Buffer.byteLength(JSON.stringify(tracking)) <= TRACKING_BYTES
  if (!isShown) return { fields: {}, list: filled.flat().map(toLine) }
  return { fields: { keyboard, ...given({ tracking_data: tracking }) }, list: [] }
}

function isNative({ text, url }: Button): boolean {
  if (text.length > TEXT_LIMIT) return false
  return url === undefined || (/^https?:\/\//i.test(url) && URL.canParse(url))
}

function toLine({ text, url }: Button, index: number): string {
  return `${index + 1}. ${text}${url ? ` – ${url}` : ''}`
}

function chunk(row: readonly Button[]): (readonly Button[])[] {
  const chunks: (readonly Button[])[] = []
  for (let from = 0; from < row.length; from += COLUMNS)
    chunks.push(row.slice(from, from + COLUMNS))
  return chunks
}

/** The widths of a row's buttons add up to the keyboard's. */
function toRow(row: readonly Button[]): object[] {
  const width = Math.floor(COLUMNS / row.length)
  const spare = COLUMNS - width * row.length
  return row.map((button, index) => ({
    ...toAction(button),
    Text: escapeHtml(button.text),
    Columns: width + (index >= row.length - spare ? 1 : 0),
    Rows: 1,
  }))
}

function toAction({ text, url, payload }: Button): object {
  if (url !== undefined) return { ActionType: 'open-url', ActionBody: url }
  return { ActionType: 'reply', ActionBody: payload ?? text }
}

/** A button's text is HTML to Viber. */
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function toTracking(buttons: readonly Button[]): string {
  const payloads = buttons.flatMap(({ text, url, payload }) =>
    url === undefined && payload !== undefined ? [[payload, text]] : [],
  )
  return payloads.length === 0 ? '' : JSON.stringify({ buttons: payloads })
}

/** The button of ours that this text is the payload of, by the tracking data that came with it. */
export function pressedButton(
  text: string | undefined,
  trackingData: string | undefined,
): { readonly payload: string; readonly text: string } | undefined {
  if (!text || !trackingData?.startsWith('{"buttons":')) return undefined
  const pairs = readPairs(trackingData)
  const pressed = pairs.find((pair) => pair[0] === text)
  return pressed && { payload: pressed[0], text: pressed[1] }
}

function readPairs(trackingData: string): (readonly [string, string])[] {
  try {
    const data: unknown = JSON.parse(trackingData)
    const pairs: unknown = isRecord(data) ? data['buttons'] : undefined
    return Array.isArray(pairs) ? pairs.filter(isPair) : []
  } catch {
    // Another system's tracking data, from before the account came here.
    return []
  }
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string'
}
