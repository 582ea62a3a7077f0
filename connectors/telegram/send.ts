import type { ConnectorContext, SendContext } from '#core/connector.ts'
import type { Line } from '#core/line.ts'
import type { OutboundMessage, Receipt } from '#core/message.ts'
import { sendParts } from '#core/parts.ts'
import { emptyMessage } from '#kit/empty-message.ts'
import { type CallOptions, callApi, type Outside } from './client.ts'
import { TelegramError } from './errors.ts'
import { planEdit, planMessage, planTarget, type SendTarget } from './outbound.ts'
import { toAlbums } from './outbound-albums.ts'
import { PartSender } from './send-files.ts'
import type { TelegramSettings } from './settings.ts'
import type { ApiCall } from './types.ts'

/** 400 answers which mean that the chat already looks as it should. Telegram gives them no codes of their own. */
const NOT_MODIFIED = ['message is not modified', 'message_not_modified']
const GONE = ['message to delete not found', 'message_id_invalid']

/** Sends a message. Throws DeliveryError, TransportError. */
export async function sendMessage(
  context: ConnectorContext,
  target: SendTarget,
  message: OutboundMessage,
  line: Line<TelegramSettings>,
  call: SendContext,
): Promise<Receipt> {
  const calls = planMessage(message, target)
  if (calls.length === 0) throw emptyMessage('Telegram')
  // Before the first part is out, so that a message doesn't fail in its middle for what could be seen beforehand.
  for (const { file } of calls) if (file) context.files.check(file)
  const sender = senderOf(context, line, call)
  return await sendParts(toAlbums(calls), call, (one) => sender.send(one))
}

/** Replaces the text of a message; what doesn't fit into it follows as answers to it. Throws as `sendMessage`. */
export async function editMessage(
  context: ConnectorContext,
  target: SendTarget,
  messageId: string,
  message: OutboundMessage,
  line: Line<TelegramSettings>,
  call: SendContext,
): Promise<Receipt> {
  const calls = planEdit(message, messageId, target)
  const [edit] = calls
  if (!edit) throw emptyMessage('Telegram')
  const sender = senderOf(context, line, call)
  return await sendParts(calls, call, async (one) => {
    if (one !== edit) return await sender.send(one)
    await unlessDone(sendCall(context, line.settings, edit, call), NOT_MODIFIED)
    return [messageId]
  })
}

/** Throws as `sendMessage`. */
export async function deleteMessage(
  outside: Outside,
  target: SendTarget,
  messageId: string,
  { settings }: Line<TelegramSettings>,
  call: SendContext,
): Promise<void> {
  const params = { ...planTarget(target), message_id: Number(messageId) }
  await unlessDone(sendCall(outside, settings, { method: 'deleteMessage', params }, call), GONE)
}

function senderOf(
  context: ConnectorContext,
  { settings }: Line<TelegramSettings>,
  call: SendContext,
): PartSender {
  const make = (one: ApiCall): Promise<unknown> => sendCall(context, settings, one, call)
  return new PartSender(context.files, make, call)
}

async function unlessDone(call: Promise<unknown>, done: readonly string[]): Promise<void> {
  try {
    await call
  } catch (error) {
    const isDone =
      error instanceof TelegramError && error.refusal.code === 400 && error.says(...done)
    if (!isDone) throw error
  }
}

/** Makes one call of a message, with the one repetition that Telegram's answer may ask for. */
async function sendCall(
  outside: Outside,
  settings: TelegramSettings,
  call: ApiCall,
  options: CallOptions,
): Promise<unknown> {
  try {
    return await callApi(outside, settings, call, options)
  } catch (error) {
    const other = error instanceof TelegramError ? correct(call, error) : undefined
    if (!other) throw error
    return await callApi(outside, settings, other, options)
  }
}

/** The message to edit has a file, so its words are a caption: the call's `instead` is made. */
const CAPTION_NOT_TEXT = 'there is no text in the message to edit'

function correct(call: ApiCall, error: TelegramError): ApiCall | undefined {
  const { code, migrateTo } = error.refusal
  if (code !== 400) return undefined
  if (migrateTo) return { ...call, params: { ...call.params, chat_id: Number(migrateTo) } }
  if (call.instead && error.says(CAPTION_NOT_TEXT)) return call.instead
  if (!error.says("can't parse entities", "can't parse caption entities")) return undefined
  const { entities: _, caption_entities: __, ...params } = call.params
  return { ...call, params }
}
