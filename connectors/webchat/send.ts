import { randomUUID } from 'node:crypto'
import type { ConnectorContext, SendContext } from '#core/connector.ts'
import { DeliveryError, StoreUnavailableError, TransportError } from '#core/errors.ts'
import type { JsonObject } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import type { OutboundMessage, Receipt } from '#core/message.ts'
import { sendParts, writeReference } from '#core/parts.ts'
import { emptyMessage } from '#kit/empty-message.ts'
import { rejection } from '#kit/rejection.ts'
import { planEdit, planMessage } from './outbound.ts'
import type { WebChatSettings } from './settings.ts'
import { isVisitor } from './token.ts'

type Outside = Pick<ConnectorContext, 'mailbox' | 'clock'>

/** How long somebody who writes is shown as writing. */
const TYPING_MS = 6000

/** Where a letter goes, and under which name: put twice it is there once. */
interface Address {
  readonly chatId: string
  readonly line: Line<WebChatSettings>
  readonly name: string
  readonly until?: number
}

export async function sendMessage(
  outside: Outside,
  chatId: string,
  message: OutboundMessage,
  line: Line<WebChatSettings>,
  call: SendContext,
): Promise<Receipt> {
  if (message.template) throw rejection('a web chat has no templates', 'HUB_UNSUPPORTED')
  const parts = planMessage(message)
  if (parts.length === 0) throw emptyMessage('a web chat')
  return await sendParts(parts, call, async (part, number) => {
    const id = writeReference({ out: call.out, part: number })
    const date = new Date(outside.clock.now()).toISOString()
    const body = { type: 'message.new', chat: { id: chatId }, message: { id, date, ...part } }
    await put(outside, { chatId, line, name: id }, body, call)
    return [id]
  })
}

export async function updateMessage(
  outside: Outside,
  { chatId, messageId: id }: { readonly chatId: string; readonly messageId: string },
  message: OutboundMessage,
  line: Line<WebChatSettings>,
  call: SendContext,
): Promise<Receipt> {
  const content = planEdit(message)
  const body = { type: 'message.updated', chat: { id: chatId }, message: { id, ...content } }
  await put(outside, { chatId, line, name: nameOf(call) }, body, call)
  return { messageIds: [id] }
}

export async function removeMessage(
  outside: Outside,
  { chatId, messageId: id }: { readonly chatId: string; readonly messageId: string },
  line: Line<WebChatSettings>,
  call: SendContext,
): Promise<void> {
  const body = { type: 'message.deleted', chat: { id: chatId }, message: { id } }
  await put(outside, { chatId, line, name: nameOf(call) }, body, call)
}

export async function showTyping(
  outside: Outside,
  chatId: string,
  line: Line<WebChatSettings>,
  call: SendContext,
): Promise<void> {
  const until = outside.clock.now() + TYPING_MS
  const body = { type: 'chat.typing', chat: { id: chatId } }
  await put(outside, { chatId, line, name: randomUUID(), until }, body, call)
}

export async function showRead(
  outside: Outside,
  { chatId, messageId }: { readonly chatId: string; readonly messageId: string | undefined },
  line: Line<WebChatSettings>,
  call: SendContext,
): Promise<void> {
  const message = messageId === undefined ? {} : { message: { id: messageId } }
  const body = { type: 'chat.read', chat: { id: chatId }, ...message }
  await put(outside, { chatId, line, name: randomUUID() }, body, call)
}

/** An edit or a deletion is a message of the outbox as well. */
function nameOf({ out }: SendContext): string {
  return out === '' ? randomUUID() : writeReference({ out, part: 1 })
}

async function put(
  { mailbox }: Outside,
  { chatId, line, name, until }: Address,
  body: JsonObject,
  { signal }: SendContext,
): Promise<void> {
  if (signal.aborted) throw new TransportError('ABORTED', 'not-sent')
  if (!isVisitor(line, chatId)) {
    throw rejection('this web chat has no such visitor', 'HUB_UNSUPPORTED')
  }
  try {
    const letter = { lineId: line.id, chatId, name, body }
    await mailbox.put(until === undefined ? letter : { ...letter, until })
  } catch (cause) {
    if (!(cause instanceof StoreUnavailableError)) throw cause
    throw storeAway(cause)
  }
}

function storeAway(cause: StoreUnavailableError): DeliveryError {
  const fault = {
    disposition: 'retry',
    outcome: 'unknown',
    channelCode: 'HUB_STORE_UNAVAILABLE',
  } as const
  return new DeliveryError('the store is not reachable', fault, { cause })
}
