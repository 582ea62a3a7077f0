import type { ContactCard, GeoPoint } from '#core/event.ts'
import type { OutboundFile, OutboundMessage } from '#core/message.ts'
import type { RichText } from '#core/rich-text.ts'
import {
  describeContact,
  joinLines,
  labelsOf,
  linkToFile,
  listButtons,
  placeWords,
  visibleButtons,
} from '#kit/degrade.ts'
import { fileName, formatOf, kindOf, type ShownFormats } from '#kit/file-kind.ts'
import { writeViberText } from '#text/channels/viber.ts'
import { splitRichText } from '#text/splitter.ts'
import { planButtons } from './outbound-buttons.ts'
import type { MessageBody } from './types.ts'

/** https://developers.viber.com/docs/api/rest-bot-api/#message-types; of the picture's text Viber's own pages disagree. */
export const TEXT_LIMIT = 7000
const CAPTION_LIMIT = 512
const MEGABYTE = 1024 * 1024
const PICTURE_BYTES = MEGABYTE
const VIDEO_BYTES = 26 * MEGABYTE
const FILE_BYTES = 50 * MEGABYTE
const FILE_NAME_LIMIT = 256
const CONTACT_NAME_LIMIT = 28
const PHONE_LIMIT = 18
/** A call holds 30 KB: all of a text in three-byte signs, and what keyboard.ts takes at most. */
const TEXT_BYTES = 21_100

const SHOWN = {
  image: ['jpg', 'jpeg', 'png', 'gif'],
  video: ['mp4', 'm4v', 'mov'],
} satisfies ShownFormats

export interface Part {
  readonly body: MessageBody
  /** Sent instead when Viber does not take the file. */
  readonly instead?: MessageBody
  /** Sent instead when Viber does not take the keyboard either: its buttons are lines of the text. */
  readonly listed?: MessageBody
}

/** A portal's file, and its size in bytes where its server tells it. */
export interface SizedFile extends OutboundFile {
  readonly size?: number
}

/**
 * A message → what is sent, in order: text (as the picture's when both are all there is), files, place, contact. Buttons
 * go with the last, for Viber takes a keyboard away with the next message; by themselves they go with their own words.
 * Empty when there is nothing to send.
 */
export function planMessage(message: OutboundMessage, files: readonly SizedFile[]): Part[] {
  const buttons = planButtons(message.buttons ?? [])
  // A place has no words of its own in Viber.
  const text = joinLines([message.text ?? [], ...buttons.list, ...placeWords(message.location)])
  const [only] = files
  const others = [...planPlace(message.location), ...planContact(message.contact)]
  const caption = writeViberText(text)
  const isCaption =
    only !== undefined &&
    files.length === 1 &&
    others.length === 0 &&
    isPicture(only) &&
    caption.length <= CAPTION_LIMIT
  const planned = [
    ...(isCaption ? [] : planText(text)),
    ...files.map((file) => planFile(file, isCaption ? caption : '')),
    ...others,
  ]
  const isAlone = planned.length === 0 && 'keyboard' in buttons.fields
  const parts = isAlone ? planText(labelsOf(message.buttons)) : planned
  return parts.map((part, index) =>
    index === parts.length - 1 ? withButtons(part, buttons.fields, message.buttons ?? []) : part,
  )
}

function withButtons(
  part: Part,
  fields: Readonly<Record<string, unknown>>,
  rows: NonNullable<OutboundMessage['buttons']>,
): Part {
  const { body, instead } = part
  if (Object.keys(fields).length === 0) return part
  const said = instead ?? body
  const lines = [said['text'], ...listButtons(visibleButtons(rows))].filter(Boolean).join('\n')
  const canSay = said.type === 'text' && lines.length <= TEXT_LIMIT
  return {
    body: { ...body, ...fields },
    ...(instead ? { instead: { ...instead, ...fields } } : {}),
    ...(canSay ? { listed: toTextBody(lines) } : {}),
  }
}

function planText(text: RichText): Part[] {
  return splitRichText(text, TEXT_LIMIT, measure)
    .map(writeViberText)
    .filter((part) => part.trim() !== '')
    .map((part) => ({ body: toTextBody(part) }))
}

/** Characters, or the share of the bytes where those are scarcer. */
function measure(part: RichText): number {
  const text = writeViberText(part)
  const bytes = Buffer.byteLength(JSON.stringify(text))
  return Math.max(text.length, Math.ceil((bytes * TEXT_LIMIT) / TEXT_BYTES))
}

function toTextBody(text: string): MessageBody {
  return { type: 'text', text }
}

/** Viber shows JPEG, PNG and GIF up to 1 MB; a file whose server doesn't tell its size is taken to be small enough. */
function isPicture(file: SizedFile): boolean {
  const kind = kindOf(file, SHOWN)
  const format = formatOf(file)
  const isShown = SHOWN.image.includes(format) || (file.kind === 'image' && format === '')
  const isKind = kind === 'image' || kind === 'sticker'
  return isKind && isShown && (file.size ?? 0) <= PICTURE_BYTES
}

/** Videos and files need their size; without it, or beyond Viber's limits, the address is sent. */
function planFile(file: SizedFile, caption: string): Part {
  const link = linkToFile(file)
  const instead = toTextBody(caption ? `${caption}\n${link}` : link)
  const { url: media, size } = file
  if (isPicture(file)) return { body: { type: 'picture', text: caption, media }, instead }
  if (size === undefined || size > FILE_BYTES) return { body: instead }
  const name = fileName(file) || 'file'
  const isVideo = kindOf(file, SHOWN) === 'video' && SHOWN.video.includes(formatOf(file))
  if (isVideo && size <= VIDEO_BYTES) return { body: { type: 'video', media, size }, instead }
  return { body: { type: 'file', media, size, file_name: shorten(name) }, instead }
}

/** The end of a file's name says what it is. */
function shorten(name: string): string {
  return name.length <= FILE_NAME_LIMIT ? name : name.slice(-FILE_NAME_LIMIT).toWellFormed()
}

function planPlace(place: GeoPoint | undefined): Part[] {
  if (!place) return []
  const { latitude: lat, longitude: lon } = place
  return [{ body: { type: 'location', location: { lat, lon } } }]
}

/** A contact needs a number that Viber takes; otherwise it is text. So is, before the card, a name that it would cut. */
function planContact(contact: ContactCard | undefined): Part[] {
  const { name, phone } = contact ?? {}
  if (phone && phone.length <= PHONE_LIMIT) {
    const shown = name || phone
    const isCut = shown.length > CONTACT_NAME_LIMIT
    const card = { name: shown.slice(0, CONTACT_NAME_LIMIT), phone_number: phone }
    return [
      ...(isCut ? [{ body: toTextBody(shown) }] : []),
      { body: { type: 'contact', contact: card } },
    ]
  }
  return describeContact(contact).map((words) => ({ body: toTextBody(words) }))
}
