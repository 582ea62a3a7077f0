/** What Viber refuses: a `status` and its words. */
export type Refusal = readonly [status: number, words: string]

const BAD_DATA: Refusal = [3, 'badData']
const MISSING_DATA: Refusal = [4, 'missingData']

type Check = (body: Readonly<Record<string, unknown>>) => boolean

const isText = (value: unknown, max: number): boolean =>
  typeof value === 'string' && value.length <= max
const isAddress = (value: unknown): boolean => isText(value, 2000) && URL.canParse(String(value))
const isSize = (value: unknown, max: number): boolean =>
  typeof value === 'number' && value > 0 && value <= max

const MEGABYTE = 1024 * 1024

/** https://developers.viber.com/docs/api/rest-bot-api/#message-types */
const CHECKS: Readonly<Record<string, Check>> = {
  text: ({ text }) => isText(text, 7000) && text !== '',
  picture: ({ text, media }) => isText(text, 512) && isAddress(media),
  video: ({ media, size }) => isAddress(media) && isSize(size, 26 * MEGABYTE),
  file: ({ media, size, file_name: name }) =>
    isAddress(media) &&
    isSize(size, 50 * MEGABYTE) &&
    isText(name, 256) &&
    !/\.exe$/.test(`${name}`),
  contact: ({ contact }) => {
    const { name, phone_number: phone } = (contact ?? {}) as Record<string, unknown>
    return isText(name, 28) && isText(phone, 18)
  },
  location: ({ location }) => {
    const { lat, lon } = (location ?? {}) as Record<string, unknown>
    return Math.abs(Number(lat)) <= 90 && Math.abs(Number(lon)) <= 180
  },
  url: ({ media }) => isAddress(media),
  sticker: ({ sticker_id: id }) => typeof id === 'number',
}

/** Undefined if Viber would take this `send_message`. */
export function checkMessage(body: Readonly<Record<string, unknown>>): Refusal | undefined {
  const { receiver, sender, type, tracking_data: tracking, keyboard } = body
  const name = (sender as Record<string, unknown> | undefined)?.['name']
  if (!receiver || !type || !name) return MISSING_DATA
  const check = CHECKS[String(type)]
  const isGood =
    isText(name, 28) &&
    check?.(body) === true &&
    (tracking === undefined || isText(tracking, 4000)) &&
    (keyboard === undefined || isKeyboard(keyboard))
  return isGood ? undefined : BAD_DATA
}

const ACTIONS = ['reply', 'open-url', 'location-picker', 'share-phone', 'none']

function isKeyboard(keyboard: unknown): boolean {
  const { Type: type, Buttons: buttons } = keyboard as Record<string, unknown>
  if (type !== 'keyboard' || !Array.isArray(buttons) || buttons.length === 0) return false
  return buttons.every((button: Record<string, unknown>) => {
    const { ActionType: action, ActionBody: body, Text: text, Columns: columns } = button
    const isWide = Number(columns) >= 1 && Number(columns) <= 6
    return ACTIONS.includes(String(action)) && Boolean(body) && isText(text, 2000) && isWide
  })
}
