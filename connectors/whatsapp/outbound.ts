import type { ContactCard, GeoPoint } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { Button, OutboundFile, OutboundMessage } from '#core/message.ts'
import type { RichText } from '#core/rich-text.ts'
import {
  describeContact,
  describePlace,
  joinLines,
  linkToFile,
  listButtons,
  visibleButtons,
} from '#kit/degrade.ts'
import { writeWhatsAppText } from '#text/channels/whatsapp.ts'
import { splitRichText } from '#text/splitter.ts'
import { BODY_LIMIT, planButtons } from './outbound-buttons.ts'
import { mediaTypeOf, takesCaption, toMedia } from './outbound-files.ts'

/**
 * https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages says characters and not which: counted
 * in UTF-16 units a text is never longer than that.
 */
export const TEXT_LIMIT = 4096
/** Not in Meta's documents; what its own clients allow. */
const CAPTION_LIMIT = 1024

/** A call that sends, without whom it is for. */
export interface Part {
  readonly body: Readonly<Record<string, unknown>>
  /** Sent instead when Meta can't fetch or take the file. */
  readonly instead?: readonly Part[]
  /** Sent instead when Meta refuses the buttons: they are lines of the text. */
  readonly listed?: readonly Part[]
}

/**
 * A message → the calls that send it, in order: text, files, place, contact. A single file takes the text as its
 * caption; buttons hang on the end of the text. The reply goes with the first. Groups take text and files alone:
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/groups-messaging. Empty when there is
 * nothing to send.
 */
export function planMessage(message: OutboundMessage, isGroup = false): Part[] {
  const buttons = visibleButtons(message.buttons)
  const interactive = isGroup ? undefined : planButtons(buttons)
  const files = message.files ?? []
  const native = files.filter((file) => mediaTypeOf(file) !== undefined)
  const { location, contact } = isGroup ? {} : message
  const card = toCard(contact)
  const said = joinLines([
    message.text ?? [],
    ...(location ? [] : describePlace(message.location)),
    ...(card ? [] : describeContact(message.contact)),
    ...files.filter((file) => !native.includes(file)).map(linkToFile),
    ...(interactive ? [] : listButtons(buttons)),
  ])
  const caption = interactive ? undefined : toCaption(said, native)
  const parts = [
    ...(interactive ? planInteractive(said, buttons, interactive) : []),
    ...(interactive || caption !== undefined ? [] : planText(said)),
    ...native.flatMap((file) => planFile(file, caption ?? '', said)),
    ...planPlace(location),
    ...(card ? [{ body: { type: 'contacts', contacts: [card] } }] : []),
  ]
  return message.replyTo ? withReply(parts, message.replyTo.id) : parts
}

function withReply(parts: readonly Part[], id: string): Part[] {
  const context = { message_id: id }
  return parts.map((part, index) => {
    const { body, instead, listed } = part
    if (index > 0) return part
    return {
      body: { ...body, context },
      ...(instead ? { instead: withReply(instead, id) } : {}),
      ...(listed ? { listed: withReply(listed, id) } : {}),
    }
  })
}

function planText(text: RichText): Part[] {
  return splitRichText(text, TEXT_LIMIT, lengthOf)
    .map(writeWhatsAppText)
    .filter((part) => part.trim() !== '')
    .map(toTextPart)
}

function lengthOf(text: RichText): number {
  return writeWhatsAppText(text).length
}

/** A preview is shown where the text has an address. */
function toTextPart(body: string): Part {
  const preview = /https?:\/\//i.test(body) ? { preview_url: true } : {}
  return { body: { type: 'text', text: { body, ...preview } } }
}

/**
 * The end of the text stands above the buttons, what doesn't fit goes before. Without a text the buttons' own words do.
 */
function planInteractive(
  text: RichText,
  buttons: readonly Button[],
  interactive: Readonly<Record<string, unknown>>,
): Part[] {
  const whole = splitRichText(text, TEXT_LIMIT, lengthOf)
  const last = whole.pop() ?? []
  const pieces = splitRichText(last, BODY_LIMIT, lengthOf)
  const written = [...whole, ...pieces].map(writeWhatsAppText).filter((part) => part.trim() !== '')
  const words = written.pop() ?? buttons.map((button) => button.text).join(' / ')
  const body = { type: 'interactive', interactive: { ...interactive, body: { text: words } } }
  const lines = [words, ...listButtons(buttons)].join('\n')
  return [...written.map(toTextPart), { body, listed: [toTextPart(lines)] }]
}

/** Undefined when the text has to stand by itself. */
function toCaption(text: RichText, files: readonly OutboundFile[]): string | undefined {
  const [only] = files
  if (!only || files.length > 1 || !takesCaption(mediaTypeOf(only))) return undefined
  const caption = writeWhatsAppText(text)
  return caption.length <= CAPTION_LIMIT ? caption.trimEnd() : undefined
}

function planFile(file: OutboundFile, caption: string, text: RichText): Part[] {
  const type = mediaTypeOf(file)
  if (!type) return []
  const instead = planText(joinLines([caption === '' ? [] : text, linkToFile(file)]))
  return [{ body: toMedia(file, type, caption), instead }]
}

function planPlace(place: GeoPoint | undefined): Part[] {
  if (!place) return []
  const { latitude, longitude, title, address } = place
  const location = {
    latitude,
    longitude,
    ...given({ name: title, address }),
  }
  return [{ body: { type: 'location', location } }]
}

/** A card needs a number; a name alone is text. WhatsApp wants one more name than the formatted one. */
function toCard({ name, phone }: ContactCard = {}): object | undefined {
  if (!phone) return undefined
  const shown = name || phone
  return { name: { formatted_name: shown, first_name: shown }, phones: [{ phone }] }
}
