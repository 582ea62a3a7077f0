import type { FileKind } from '#core/event.ts'
import type { Button, OutboundFile, OutboundMessage } from '#core/message.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import {
  describeContact,
  describePlace,
  joinLines,
  labelsOf,
  linkToFile,
  listButtons,
  visibleButtons,
} from '#kit/degrade.ts'
import { formatOf, kindOf, type ShownFormats } from '#kit/file-kind.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { writeMessengerText } from '#text/channels/messenger.ts'
import { countUtf8Bytes, countUtf16, splitRichText } from '#text/splitter.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import type { SendPart } from './messaging-types.ts'

/** The `metadata` by which the echo of a message is known to be the hub's own begins with this; the part follows. */
export const OWN_METADATA = 'hub:'
/** An echo comes within seconds; Meta names no figure. */
export const ECHOED_WITHIN_MS = 10_000

/** https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies */
const MAX_QUICK_REPLIES = 13
const MAX_TITLE = 20
const MAX_PAYLOAD = 1000
/** https://developers.facebook.com/docs/messenger-platform/send-messages/template/button */
const MAX_TEMPLATE_BUTTONS = 3
const MAX_TEMPLATE_TEXT = 640

type AttachmentType = 'image' | 'video' | 'audio' | 'file'

const TYPE_OF_KIND: Readonly<Record<FileKind, AttachmentType>> = {
  image: 'image',
  sticker: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
  document: 'file',
}
/** What both channels show as what it is; anything else is a file. */
const SHOWN: ShownFormats = {
  image: ['jpg', 'jpeg', 'png', 'gif', 'webp'],
  video: ['mp4', 'mov', 'webm'],
  audio: ['mp3', 'm4a', 'ogg', 'wav', 'aac'],
}

/**
 * A message → the calls that send it, in order: text, then files. Text and file can't go together. The reply goes with the
 * first. Quick replies go with the last, for the next message takes them away: then the text is sent behind the files.
 * Empty when there is nothing to send.
 */
export function planMessage(message: OutboundMessage, traits: MessagingTraits): SendPart[] {
  const buttons = visibleButtons(message.buttons)
  const isQuick = fitQuickReplies(buttons)
  const files = (message.files ?? []).map((file) => ({
    file,
    type: TYPE_OF_KIND[kindOf(file, SHOWN)],
  }))
  const native = files.filter(
    ({ file, type }) =>
      type !== 'file' || traits.documents === 'any' || traits.documents.includes(formatOf(file)),
  )
  const linked = files.filter((one) => !native.includes(one))
  const said = joinLines([
    message.text ?? [],
    ...describePlace(message.location),
    ...describeContact(message.contact),
    ...linked.map(({ file }) => linkToFile(file)),
  ])
  const hasTemplate = !isQuick && fitTemplate(buttons, said, traits)
  const isListed = buttons.length > 0 && !isQuick && !hasTemplate
  const text = isListed ? joinLines([said, ...listButtons(buttons)]) : said
  const texts = planText(text, traits)
  const shown = native.map(({ file, type }) => planFile(file, type, traits))
  const parts = isQuick ? [...shown, ...texts] : [...texts, ...shown]
  if (isQuick) addQuickReplies(parts, buttons)
  else if (hasTemplate)
    addTemplate(parts, buttons, planText(joinLines([said, ...listButtons(buttons)]), traits))
  const [first, ...others] = parts
  if (!first || !message.replyTo) return parts
  return [{ ...first, replyTo: message.replyTo.id }, ...others]
}

function planText(text: RichText, { textLimit, textUnit }: MessagingTraits): SendPart[] {
  const count = textUnit === 'utf8' ? countUtf8Bytes : countUtf16
  return splitRichText(text, textLimit, (part) => count(writeMessengerText(part)))
    .map(writeMessengerText)
    .filter((part) => part.trim() !== '')
    .map((part) => ({ message: { text: part } }))
}

function planFile(file: OutboundFile, type: AttachmentType, traits: MessagingTraits): SendPart {
  const attachment = { type, payload: { url: file.url, is_reusable: false } }
  return { message: { attachment }, instead: planText(plainText(linkToFile(file)), traits) }
}

function fitQuickReplies(buttons: readonly Button[]): boolean {
  if (buttons.length === 0 || buttons.length > MAX_QUICK_REPLIES) return false
  return buttons.every(
    ({ text, url, payload }) =>
      url === undefined && text.length <= MAX_TITLE && (payload ?? text).length <= MAX_PAYLOAD,
  )
}

/** They hang on the last part; alone they would be an empty message, so their labels become its text. */
function addQuickReplies(parts: SendPart[], buttons: readonly Button[]): void {
  if (parts.length === 0) {
    parts.push({ message: { text: writeMessengerText(labelsOf([buttons])) } })
  }
  const replies = buttons.map(({ text, payload }) => ({
    content_type: 'text',
    title: text,
    payload: payload ?? text,
  }))
  const at = parts.length - 1
  const part = parts[at]
  if (!part) return
  parts[at] = withMessage(part, { quick_replies: replies })
}

function withMessage(part: SendPart, more: object): SendPart {
  const { instead } = part
  return {
    ...part,
    message: { ...part.message, ...more },
    ...(instead ? { instead: instead.map((one) => withMessage(one, more)) } : {}),
  }
}

/** Buttons that open addresses need a template, and that a text which fits into it. */
function fitTemplate(buttons: readonly Button[], text: RichText, traits: MessagingTraits): boolean {
  if (!traits.hasUrlButtons || buttons.length === 0 || buttons.length > MAX_TEMPLATE_BUTTONS) {
    return false
  }
  const written = writeMessengerText(text)
  const isShort = written.trim() !== '' && countUtf16(written) <= MAX_TEMPLATE_TEXT
  return (
    isShort &&
    buttons.every(
      ({ text: title, url, payload = '' }) =>
        title.length <= MAX_TITLE &&
        payload.length <= MAX_PAYLOAD &&
        (url === undefined || isWebAddress(url)),
    )
  )
}

function addTemplate(
  parts: SendPart[],
  buttons: readonly Button[],
  listed: readonly SendPart[],
): void {
  const [first] = parts
  if (!first) return
  const payload = {
    template_type: 'button',
    text: first.message['text'],
    buttons: buttons.map(({ text, url, payload: answer }) =>
      url === undefined
        ? { type: 'postback', title: text, payload: answer ?? text }
        : { type: 'web_url', title: text, url },
    ),
  }
  parts[0] = { message: { attachment: { type: 'template', payload } }, listed }
}
