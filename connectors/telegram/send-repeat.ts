import { isRecord } from '#core/json.ts'
import { listButtons } from '#kit/degrade.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { addressBehind } from '#text/links.ts'
import type { TelegramError } from './errors.ts'
import { CAPTION_LIMIT, TEXT_LIMIT } from './outbound.ts'
import type { ApiCall } from './types.ts'

/** The message to edit has a file, so its words are a caption: the call's `instead` is made. */
const CAPTION_NOT_TEXT = 'there is no text in the message to edit'
const BAD_ENTITIES = ["can't parse entities", "can't parse caption entities", 'entity url']
const BAD_BUTTONS = ['inline keyboard button url', 'button_url_invalid', 'button_type_invalid']
/** The account has ended the connection, or the bot may not answer for it any more. */
const BAD_CONNECTION = ['business_connection_', 'business connection not found', 'business_peer_']
const NO_TOPIC = ['message thread not found', 'topic_deleted', 'topic_id_invalid']

/** What to call instead after a refusal, so that nothing is lost that Telegram won't show; undefined if there is nothing. */
export function correct(call: ApiCall, error: TelegramError): ApiCall | undefined {
  const { code, migrateTo } = error.refusal
  if (code !== 400) return undefined
  if (migrateTo) return { ...call, params: { ...call.params, chat_id: Number(migrateTo) } }
  if (call.instead && error.says(CAPTION_NOT_TEXT)) return call.instead
  if (error.says(...BAD_ENTITIES)) return withoutEntities(call)
  if (error.says(...BAD_BUTTONS)) return withoutAddressButtons(call)
  if (error.says(...BAD_CONNECTION)) return without(call, 'business_connection_id')
  // In a group the answer would reach others than those who asked.
  const isPerson = Number(call.params['chat_id']) > 0
  return isPerson && error.says(...NO_TOPIC) ? without(call, 'message_thread_id') : undefined
}

function without(call: ApiCall, name: string): ApiCall | undefined {
  if (call.params[name] === undefined) return undefined
  const { [name]: _, ...params } = call.params
  return { ...call, params }
}

/** Plain text; the addresses that links had stand behind their words. Undefined if they don't fit in. */
function withoutEntities(call: ApiCall): ApiCall | undefined {
  const { entities, caption_entities: captionEntities, ...params } = call.params
  const all = listOf(entities ?? captionEntities)
  const field = writtenField(call)
  if (all.length === 0 || field === undefined) return undefined
  const links = all.filter(isRecord).filter(({ type }) => type === 'text_link')
  const text = links.reduceRight<string>(sayAddress, String(params[field]))
  return fits(field, text) ? { ...call, params: { ...params, [field]: text } } : undefined
}

/** Offsets before the link stay as they are: links are said from the last to the first. */
function sayAddress(text: string, link: Record<string, unknown>): string {
  const end = Number(link['offset']) + Number(link['length'])
  const label = text.slice(Number(link['offset']), end)
  return `${text.slice(0, end)}${addressBehind(label, String(link['url']))}${text.slice(end)}`
}

/** Buttons that open an address become lines of a numbered list, as those that are known beforehand to be refused. */
function withoutAddressButtons(call: ApiCall): ApiCall | undefined {
  const markup = call.params['reply_markup']
  const field = writtenField(call)
  const rows = listOf(isRecord(markup) ? markup['inline_keyboard'] : undefined).map(listOf)
  const isAddress = (button: unknown): boolean => textFields(button)('url') !== ''
  const refused = rows.flat().filter(isAddress).map(textFields)
  if (field === undefined || refused.length === 0) return undefined
  const { reply_markup: _, ...params } = call.params
  const lines = listButtons(refused.map((text) => ({ text: text('text'), url: text('url') })))
  const said = [params[field], ...lines].filter(Boolean).join('\n')
  if (!fits(field, said)) return undefined
  const keyboard = rows
    .map((row) => row.filter((button) => !isAddress(button)))
    .filter((row) => row.length > 0)
  const left = keyboard.length > 0 ? { reply_markup: { inline_keyboard: keyboard } } : {}
  return { ...call, params: { ...params, [field]: said, ...left } }
}

/** Kinds of messages that have a caption. */
const CAPTIONED = new Set(['sendPhoto', 'sendVideo', 'sendAudio', 'sendVoice', 'sendDocument'])

/** Where a call's words stand; undefined if it takes none. */
function writtenField({ method, params }: ApiCall): 'text' | 'caption' | undefined {
  if (params['text'] !== undefined) return 'text'
  return params['caption'] !== undefined || CAPTIONED.has(method) ? 'caption' : undefined
}

function fits(field: 'text' | 'caption', text: string): boolean {
  return text.length <= (field === 'text' ? TEXT_LIMIT : CAPTION_LIMIT)
}
