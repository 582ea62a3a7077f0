import type { FileKind, GeoPoint } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { JsonObject } from '#core/json.ts'
import type { Button, OutboundFile, OutboundMessage } from '#core/message.ts'
import type { RichText } from '#core/rich-text.ts'
import { joinLines, labelsOf, linkToFile, listButtons } from '#kit/degrade.ts'
import { kindOf, type ShownFormats } from '#kit/file-kind.ts'
import { type EntityText, measureEntities, toEntities } from '#text/channels/telegram-entities.ts'
import { isTelegramHref } from '#text/channels/telegram-runs.ts'
import { splitRichText } from '#text/splitter.ts'
import { type ChatAddress, readChatId } from './chat-id.ts'
import type { ApiCall } from './types.ts'

export const TEXT_LIMIT = 4096
export const CAPTION_LIMIT = 1024
const CALLBACK_BYTES = 64

const METHOD_OF: Readonly<Record<FileKind, readonly [method: string, field: string]>> = {
  image: ['sendPhoto', 'photo'],
  video: ['sendVideo', 'video'],
  audio: ['sendAudio', 'audio'],
  voice: ['sendVoice', 'voice'],
  sticker: ['sendSticker', 'sticker'],
  document: ['sendDocument', 'document'],
}
/** What Telegram shows in a way of its own; anything else is a document, a GIF among them, which it then animates. */
const SHOWN: ShownFormats = {
  image: ['jpg', 'jpeg', 'png', 'webp'],
  video: ['mp4'],
  audio: ['mp3', 'm4a'],
  voice: ['ogg', 'oga'],
}

/** `chat_id` as Telegram wants it: a number, or `@name` of a public channel. */
export function toChatId(chatId: string): number | string {
  const number = Number(chatId)
  return /^-?\d+$/.test(chatId) && Number.isSafeInteger(number) ? number : chatId
}

export interface SendTarget extends ChatAddress {
  readonly businessConnectionId?: string
}

/** `conversation`: what `parse` remembered of the chat. */
export function toTarget(chatId: string, conversation: JsonObject | undefined): SendTarget {
  const { movedTo, businessConnectionId, topicId } = conversation ?? {}
  return {
    ...(typeof topicId === 'number' ? { topicId } : {}),
    ...readChatId(typeof movedTo === 'string' ? movedTo : chatId),
    ...(typeof businessConnectionId === 'string' ? { businessConnectionId } : {}),
  }
}

/**
 * A message → the calls that send it, in order: text (as the caption when it is short and there is one file), files,
 * place, contact. The reply goes with the first call, buttons with the last that carries text, or else the last of all;
 * by themselves they stand below their own words. Empty when there is nothing to send.
 */
export function planMessage(message: OutboundMessage, target: SendTarget): ApiCall[] {
  const buttons = planButtons(message.buttons ?? [])
  const text = joinLines([message.text ?? [], ...buttons.list])
  const parts = splitText(text)
  const files = message.files ?? []
  const [only] = files
  const isCaption =
    only !== undefined &&
    files.length === 1 &&
    kindOf(only, SHOWN) !== 'sticker' &&
    fitsCaption(text)
  const texts = isCaption ? [] : parts.map(planText)
  const planned = [
    ...texts,
    ...files.map((file) => planFile(file, isCaption ? parts[0] : undefined)),
    ...(message.location ? [planPlace(message.location)] : []),
    ...planContact(message.contact),
  ]
  const isAlone = planned.length === 0 && buttons.keyboard.length > 0
  const calls = isAlone ? splitText(labelsOf(message.buttons)).map(planText) : planned
  const keyboardAt = (texts.length || calls.length) - 1
  return calls.map((call, index) =>
    withParams(call, {
      ...planThread(target),
      ...(index === 0 && planReply(message.replyTo?.id)),
      ...(index === keyboardAt &&
        buttons.keyboard.length > 0 && { reply_markup: { inline_keyboard: buttons.keyboard } }),
    }),
  )
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

function planFile(file: OutboundFile, caption: EntityText | undefined): ApiCall {
  const [method, field] = METHOD_OF[kindOf(file, SHOWN)]
  const link = linkToFile(file)
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
  const listed: Button[] = []
  const keyboard = rows.map((row) =>
    row.flatMap((button) => {
      const native = toInlineButton(button)
      if (!native && button.text.trim() !== '') listed.push(button)
      return native ? [native] : []
    }),
  )
  return { keyboard: keyboard.filter((row) => row.length > 0), list: listButtons(listed) }
}

/** Undefined for an address Telegram refuses on a button, and for a payload over its 64 bytes. */
function toInlineButton({ text, url, payload }: Button): object | undefined {
  if (text.trim() === '') return undefined
  if (url !== undefined) {
    return isTelegramHref(url) ? { text, url } : undefined
  }
  const data = payload ?? text
  const isShort = data !== '' && Buffer.byteLength(data) <= CALLBACK_BYTES
  return isShort ? { text, callback_data: data } : undefined
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
  const text = joinLines([message.text ?? [], ...buttons.list])
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
    withParams(planText(part), { ...planThread(target), ...planReply(messageId) }),
  )
  return [edit, ...more]
}

function toCaption({ text, entities }: EntityText): Record<string, unknown> {
  return { caption: text, ...(entities.length > 0 && { caption_entities: entities }) }
}

/** Where something new goes: also in which thread of its chat. */
export function planThread(target: SendTarget): Record<string, unknown> {
  const { topicId, directTopicId } = target
  return {
    ...planTarget(target),
    ...given({ message_thread_id: topicId, direct_messages_topic_id: directTopicId }),
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
