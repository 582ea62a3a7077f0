import type { ConnectorContext, SendContext } from '#core/connector.ts'
import { given } from '#core/given.ts'
import type { Line } from '#core/line.ts'
import type { OutboundMessage, Receipt } from '#core/message.ts'
import { sendParts } from '#core/parts.ts'
import { emptyMessage } from '#kit/empty-message.ts'
import { type CallOptions, callApi, type Outside } from './client.ts'
import { TelegramError } from './errors.ts'
import { planEdit, planMessage, planTarget, type SendTarget } from './outbound.ts'
import { toAlbums } from './outbound-albums.ts'
import { buttonsToKeep } from './outbound-kept.ts'
import { PartSender } from './send-files.ts'
import { correct } from './send-repeat.ts'
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

/** Replaces the text of a message, and its buttons if it has any; what doesn't fit into it follows as answers to it. Throws as `sendMessage`. */
export async function editMessage(
  context: ConnectorContext,
  target: SendTarget,
  messageId: string,
  message: OutboundMessage,
  line: Line<TelegramSettings>,
  call: SendContext,
): Promise<Receipt> {
  const kept = message.buttons ?? buttonsToKeep(messageId, call.original)
  const calls = planEdit({ ...message, ...given({ buttons: kept }) }, messageId, target)
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

/** More would be a refusal that nothing here is an answer to. */
const MAX_REPETITIONS = 4

/** Makes one call of a message, and again as Telegram's answer asks for it: a refused call has sent nothing. */
async function sendCall(
  outside: Outside,
  settings: TelegramSettings,
  call: ApiCall,
  options: CallOptions,
): Promise<unknown> {
  let tried = call
  for (let repetition = 0; ; repetition++) {
    try {
      return await callApi(outside, settings, tried, options)
    } catch (error) {
      const isOver = !(error instanceof TelegramError) || repetition === MAX_REPETITIONS
      const other = isOver ? undefined : correct(tried, error)
      if (!other) throw error
      tried = other
    }
  }
}
