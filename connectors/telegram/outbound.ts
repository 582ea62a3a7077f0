import type { GeoPoint } from '#core/event.ts'
import type { Button, OutboundFile, OutboundMessage } from '#core/message.ts'
import { splitText, toEntities } from './text.ts'
import type { ApiCall, EntityText } from './types.ts'

export const TEXT_LIMIT = 4096
const CAPTION_LIMIT = 1024
const CALLBACK_BYTES = 64

type FileMethod = readonly [method: string, field: string]
const METHOD_OF: Readonly<Record<string, FileMethod>> = {
  image: ['sendPhoto', 'photo'],
  video: ['sendVideo', 'video'],
  audio: ['sendAudio', 'audio'],
  voice: ['sendVoice', 'voice'],
  sticker: ['sendSticker', 'sticker'],
  document: ['sendDocument', 'document'],
}
const KIND_OF_EXTENSION: Readonly<Record<string, string>> = {
  jpg: 'image',
  jpeg: 'image',
  png: 'image',
  webp: 'image',
  mp4: 'video',
  mp3: 'audio',
  m4a: 'audio',
  ogg: 'voice',
  oga: 'voice',
}

/** `chat_id` as Telegram wants it: a number, or `@name` of a public channel. */
export function toChatId(chatId: string): number | string {
  const number = Number(chatId)
  return /^-?\d+$/.test(chatId) && Number.isSafeInteger(number) ? number : chatId
}

export interface SendTarget {
  readonly chatId: string
  readonly businessConnectionId?: string
}

/**
 * A message → the calls that send it, in order: text (as the caption when it is short and there is one file), files,
 * place, contact. The reply goes with the first call, buttons with the last that carries text, or else the last of all.
 * Empty when there is nothing to send.
 */
export function planMessage(message: OutboundMessage, target: SendTarget): ApiCall[] {
  const buttons = planButtons(message.buttons ?? [])
  const full = withList(toEntities(message.text ?? []), buttons.list)
  const files = message.files ?? []
  const [only] = files
  const hasText = full.text.trim() !== ''
  const isCaption =
    only !== undefined &&
    files.length === 1 &&
    full.text.length <= CAPTION_LIMIT &&
    kindOf(only) !== 'sticker'
  const texts = hasText && !isCaption ? splitText(full, TEXT_LIMIT).map(planText) : []
  const calls = [
    ...texts,
    ...files.map((file) => planFile(file, isCaption && hasText ? full : undefined)),
    ...(message.location ? [planPlace(message.location)] : []),
    ...planContact(message.contact),
  ]
  const keyboardAt = (texts.length || calls.length) - 1
  return calls.map((call, index) =>
    withParams(call, {
      chat_id: toChatId(target.chatId),
      ...(target.businessConnectionId && { business_connection_id: target.businessConnectionId }),
      ...(index === 0 && planReply(message.replyTo?.id)),
      ...(index === keyboardAt &&
        buttons.keyboard.length > 0 && { reply_markup: { inline_keyboard: buttons.keyboard } }),
    }),
  )
}

function withParams(call: ApiCall, params: Record<string, unknown>): ApiCall {
  const instead = call.instead ? { instead: withParams(call.instead, params) } : {}
  return { ...call, params: { ...params, ...call.params }, ...instead }
}

function planText({ text, entities }: EntityText): ApiCall {
  return { method: 'sendMessage', params: { text, ...(entities.length > 0 && { entities }) } }
}

function planReply(id: string | undefined): Record<string, unknown> {
  if (id === undefined || !/^\d{1,15}$/.test(id)) return {}
  return { reply_parameters: { message_id: Number(id), allow_sending_without_reply: true } }
}

function kindOf(file: OutboundFile): string {
  if (file.kind) return file.kind
  const path = file.name ?? URL.parse(file.url)?.pathname ?? ''
  const extension = /\.([a-z0-9]{1,5})$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  return KIND_OF_EXTENSION[extension] ?? 'document'
}

function planFile(file: OutboundFile, caption: EntityText | undefined): ApiCall {
  const [method, field] = METHOD_OF[kindOf(file)] ?? ['sendDocument', 'document']
  const link = file.name ? `${file.name}: ${file.url}` : file.url
  const text = caption ? `${caption.text}\n${link}` : link
  const described = caption && {
    caption: caption.text,
    ...(caption.entities.length > 0 && { caption_entities: caption.entities }),
  }
  return {
    method,
    params: { [field]: file.url, ...described },
    instead: planText({ text, entities: caption?.entities ?? [] }),
  }
}

function planPlace(place: GeoPoint): ApiCall {
  const { latitude, longitude } = place
  const title = place.title ?? place.address
  if (title === undefined) return { method: 'sendLocation', params: { latitude, longitude } }
  const address = place.address ?? title
  return { method: 'sendVenue', params: { latitude, longitude, title, address } }
}

/** Telegram's contact card needs a phone number; without one the name is sent as text. */
function planContact(contact: OutboundMessage['contact']): ApiCall[] {
  const { name, phone } = contact ?? {}
  if (phone) {
    const params = { phone_number: phone, first_name: name || phone }
    return [{ method: 'sendContact', params }]
  }
  return name ? [planText({ text: name, entities: [] })] : []
}

interface PlannedButtons {
  readonly keyboard: readonly (readonly object[])[]
  /** Buttons that Telegram can't show, as lines of text. */
  readonly list: readonly string[]
}

function planButtons(rows: readonly (readonly Button[])[]): PlannedButtons {
  const list: string[] = []
  const keyboard = rows.map((row) =>
    row.flatMap((button) => {
      const native = toInlineButton(button)
      if (!native && button.text.trim() !== '') {
        const address = button.url ? ` – ${button.url}` : ''
        list.push(`${list.length + 1}. ${button.text}${address}`)
      }
      return native ? [native] : []
    }),
  )
  return { keyboard: keyboard.filter((row) => row.length > 0), list }
}

/** Undefined for an address Telegram refuses on a button, and for a payload over its 64 bytes. */
function toInlineButton({ text, url, payload }: Button): object | undefined {
  if (text.trim() === '') return undefined
  if (url !== undefined) {
    return /^(?:https?|tg):\/\//i.test(url) && URL.canParse(url) ? { text, url } : undefined
  }
  const data = payload ?? text
  const isShort = data !== '' && Buffer.byteLength(data) <= CALLBACK_BYTES
  return isShort ? { text, callback_data: data } : undefined
}

function withList(full: EntityText, list: readonly string[]): EntityText {
  if (list.length === 0) return full
  const gap = full.text === '' ? '' : '\n'
  return { ...full, text: `${full.text}${gap}${list.join('\n')}` }
}

/** The call that replaces a message's text. What doesn't fit into one message is cut off: an edit can't add messages. */
export function planEdit(
  message: OutboundMessage,
  messageId: string,
  target: SendTarget,
): ApiCall | undefined {
  const [first] = splitText(toEntities(message.text ?? []), TEXT_LIMIT)
  if (!first) return undefined
  const { keyboard } = planButtons(message.buttons ?? [])
  return {
    method: 'editMessageText',
    params: {
      ...planTarget(target),
      message_id: Number(messageId),
      ...planText(first).params,
      ...(keyboard.length > 0 && { reply_markup: { inline_keyboard: keyboard } }),
    },
  }
}

/** Whom a call is for. */
export function planTarget(target: SendTarget): Record<string, unknown> {
  const { chatId, businessConnectionId } = target
  return {
    chat_id: toChatId(chatId),
    ...(businessConnectionId && { business_connection_id: businessConnectionId }),
  }
}
