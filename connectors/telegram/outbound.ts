import type { GeoPoint } from '#core/event.ts'
import type { Button, OutboundFile, OutboundMessage } from '#core/message.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { splitRichText } from '#text/splitter.ts'
import { type EntityText, measureEntities, toEntities } from '#text/telegram-entities.ts'
import type { ApiCall } from './types.ts'

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
 * place, contact. The reply goes with the first call, buttons with the last that carries text, or else the last of all;
 * by themselves they stand below their own words. Empty when there is nothing to send.
 */
export function planMessage(message: OutboundMessage, target: SendTarget): ApiCall[] {
  const buttons = planButtons(message.buttons ?? [])
  const text = withList(message.text ?? [], buttons.list)
  const parts = splitText(text)
  const files = message.files ?? []
  const [only] = files
  const isCaption =
    only !== undefined && files.length === 1 && kindOf(only) !== 'sticker' && fitsCaption(text)
  const texts = isCaption ? [] : parts.map(planText)
  const planned = [
    ...texts,
    ...files.map((file) => planFile(file, isCaption ? parts[0] : undefined)),
    ...(message.location ? [planPlace(message.location)] : []),
    ...planContact(message.contact),
  ]
  const isAlone = planned.length === 0 && buttons.keyboard.length > 0
  const calls = isAlone ? splitText(labelsOf(message)).map(planText) : planned
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

function labelsOf({ buttons = [] }: OutboundMessage): RichText {
  const labels = buttons.flat().map(({ text }) => text.trim())
  return plainText(labels.filter(Boolean).join(' / '))
}

/** Parts within Telegram's limits; none if there is nothing to see. */
function splitText(text: RichText): EntityText[] {
  return splitRichText(text, TEXT_LIMIT, (part) => measureEntities(part, TEXT_LIMIT))
    .map(toEntities)
    .filter((part) => part.text.trim() !== '')
}

function fitsCaption(text: RichText): boolean {
  return measureEntities(text, CAPTION_LIMIT) <= CAPTION_LIMIT
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
  return {
    method,
    params: { [field]: file.url, ...(caption && toCaption(caption)) },
    file,
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

function withList(text: RichText, list: readonly string[]): RichText {
  if (list.length === 0) return text
  const gap = text.length === 0 ? '' : '\n'
  return [...text, ...plainText(gap + list.join('\n'))]
}

/**
 * The calls that replace a message's text: the edit, and for what doesn't fit into one message further messages behind
 * it, as answers to it. A message that has a file has a caption instead of a text. Empty when there is nothing to show.
 */
export function planEdit(
  message: OutboundMessage,
  messageId: string,
  target: SendTarget,
): ApiCall[] {
  const buttons = planButtons(message.buttons ?? [])
  const text = withList(message.text ?? [], buttons.list)
  const [first, ...others] = splitText(text)
  if (!first) return []
  const edited = {
    ...planTarget(target),
    message_id: Number(messageId),
    ...(buttons.keyboard.length > 0 && { reply_markup: { inline_keyboard: buttons.keyboard } }),
  }
  const edit = {
    method: 'editMessageText',
    params: { ...edited, ...planText(first).params },
    ...(fitsCaption(text) && {
      instead: { method: 'editMessageCaption', params: { ...edited, ...toCaption(first) } },
    }),
  }
  const more = others.map((part) =>
    withParams(planText(part), { ...planTarget(target), ...planReply(messageId) }),
  )
  return [edit, ...more]
}

function toCaption({ text, entities }: EntityText): Record<string, unknown> {
  return { caption: text, ...(entities.length > 0 && { caption_entities: entities }) }
}

/** Whom a call is for. */
export function planTarget(target: SendTarget): Record<string, unknown> {
  const { chatId, businessConnectionId } = target
  return {
    chat_id: toChatId(chatId),
    ...(businessConnectionId && { business_connection_id: businessConnectionId }),
  }
}
