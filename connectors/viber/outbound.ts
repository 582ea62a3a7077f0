import type { ContactCard, GeoPoint } from '#core/event.ts'
import type { OutboundFile, OutboundMessage } from '#core/message.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { splitRichText } from '#text/splitter.ts'
import { planButtons } from './keyboard.ts'
import { writeViberText } from './text.ts'
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

const PICTURE = /\.(?:jpe?g|png|gif)$/i
const VIDEO = /\.(?:mp4|m4v|mov)$/i

export interface Part {
  readonly body: MessageBody
  /** Sent instead when Viber does not take the file. */
  readonly instead?: MessageBody
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
  const text = withPlace(withList(message.text ?? [], buttons.list), message.location)
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
  const parts = isAlone ? planText(labelsOf(message)) : planned
  return parts.map((part, index) =>
    index === parts.length - 1 ? withFields(part, buttons.fields) : part,
  )
}

function labelsOf({ buttons = [] }: OutboundMessage): RichText {
  const labels = buttons.flat().map(({ text }) => text.trim())
  return plainText(labels.filter(Boolean).join(' / '))
}

function withFields({ body, instead }: Part, fields: Readonly<Record<string, unknown>>): Part {
  return {
    body: { ...body, ...fields },
    ...(instead ? { instead: { ...instead, ...fields } } : {}),
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

function withList(text: RichText, list: readonly string[]): RichText {
  if (list.length === 0) return text
  return [...text, ...plainText((text.length === 0 ? '' : '\n') + list.join('\n'))]
}

/** A place has no words of its own in Viber. */
function withPlace(text: RichText, place: GeoPoint | undefined): RichText {
  const words = [place?.title, place?.address].filter(Boolean)
  return withList(text, words as string[])
}

function nameOf(file: OutboundFile): string {
  const path = URL.parse(file.url)?.pathname ?? ''
  return file.name || decode(path.slice(path.lastIndexOf('/') + 1)) || 'file'
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Viber shows JPEG, PNG and GIF up to 1 MB; a server that doesn't tell the size is believed. */
function isPicture(file: SizedFile): boolean {
  const isKind = file.kind === undefined || file.kind === 'image' || file.kind === 'sticker'
  const name = nameOf(file)
  const isNamed = PICTURE.test(name) || (file.kind === 'image' && !name.includes('.'))
  return isKind && isNamed && (file.size ?? 0) <= PICTURE_BYTES
}

/** Videos and files need their size; without it, or beyond Viber's limits, the address is sent. */
function planFile(file: SizedFile, caption: string): Part {
  const instead = toTextBody(linkTo(file, caption))
  const { url: media, size } = file
  if (isPicture(file)) return { body: { type: 'picture', text: caption, media }, instead }
  if (size === undefined || size > FILE_BYTES) return { body: instead }
  const name = nameOf(file)
  const isVideo = (file.kind === undefined || file.kind === 'video') && VIDEO.test(name)
  if (isVideo && size <= VIDEO_BYTES) return { body: { type: 'video', media, size }, instead }
  return { body: { type: 'file', media, size, file_name: shorten(name) }, instead }
}

function linkTo(file: OutboundFile, caption: string): string {
  const link = file.name ? `${file.name}: ${file.url}` : file.url
  return caption ? `${caption}\n${link}` : link
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
  const words = [name, phone].filter(Boolean).join(' ')
  return words ? [{ body: toTextBody(words) }] : []
}
