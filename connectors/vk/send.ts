import type { ConnectorContext, SendContext } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import type { OutboundFile, OutboundMessage, Receipt } from '#core/message.ts'
import { sendParts } from '#core/parts.ts'
import { linkToFile } from '#kit/degrade.ts'
import { emptyMessage } from '#kit/empty-message.ts'
import { listOf } from '#kit/json-answer.ts'
import { type VkFormatItem, withoutMarks } from '#text/channels/vk-writer.ts'
import { callApi, type Outside, type VkCall } from './client.ts'
import {
  BAD_KEYBOARD,
  BAD_PARAMETER,
  badParameter,
  CANNOT_FORWARD,
  toVkError,
  VkError,
  withoutId,
} from './errors.ts'
import { createCarrier } from './files-carrier.ts'
import { uploadFile } from './files-upload.ts'
import { readMessageId, toMessageId } from './message-id.ts'
import { type Part, planEdit, planMessage, randomIdOf } from './outbound.ts'
import { listKeyboard } from './outbound-buttons.ts'
import { buttonsToKeep } from './outbound-kept.ts'
import type { VkSettings } from './settings.ts'

type Params = Record<string, string | number | undefined>

/** Sends a message. Throws DeliveryError, TransportError. */
export async function sendMessage(
  context: ConnectorContext,
  chatId: string,
  message: OutboundMessage,
  line: Line<VkSettings>,
  call: SendContext,
): Promise<Receipt> {
  const peerId = toPeerId(chatId)
  const parts = planMessage(message, peerId)
  if (parts.length === 0) throw emptyMessage('VK')
  return await sendParts(parts, call, (part) => sendPart(context, peerId, part, line, call))
}

/** Replaces the text of a message, and its buttons if it has any; what doesn't fit into it follows. Throws as `sendMessage`. */
export async function editMessage(
  context: ConnectorContext,
  chatId: string,
  messageId: string,
  message: OutboundMessage,
  line: Line<VkSettings>,
  call: SendContext,
): Promise<Receipt> {
  const peerId = toPeerId(chatId)
  const buttons = message.buttons ?? buttonsToKeep(messageId, call.original)
  const [edit, ...more] = planEdit({ ...message, ...given({ buttons }) })
  if (!edit) throw emptyMessage('VK')
  return await sendParts([edit, ...more], call, async (part) => {
    if (part !== edit) return await sendPart(context, peerId, part, line, call)
    await editPart(context, peerId, messageId, part, line, call)
    return [messageId]
  })
}

/** VK's number of a conversation. Throws VkError for anything else. */
export function toPeerId(chatId: string): string {
  if (!/^-?\d{1,15}$/.test(chatId)) throw badParameter('not a conversation of VK')
  return chatId
}

/** Gives our id of the message. */
async function sendPart(
  context: ConnectorContext,
  peerId: string,
  part: Part,
  { settings }: Line<VkSettings>,
  call: SendContext,
): Promise<string[]> {
  const { attachments, links } = await upload(context, peerId, part.files, settings, call)
  const message = [part.text.message, ...links].filter(Boolean).join('\n')
  const params = {
    // With one id in the list VK tells the number that edits and reactions go by.
    peer_ids: peerId,
    random_id: randomIdOf(call.out, part.index),
    message: message || undefined,
    format_data: toFormatData(part),
    attachment: attachments.join(',') || undefined,
    ...part.params,
  }
  return await withoutTrouble(params, async (tried) => {
    const one = { method: 'messages.send', params: tried }
    return readReceipt(await callApi(context, settings, one, call), peerId, settings)
  })
}

async function editPart(
  outside: Outside,
  peerId: string,
  messageId: string,
  part: Part,
  { settings }: Line<VkSettings>,
  call: SendContext,
): Promise<void> {
  const params = {
    peer_id: peerId,
    ...toIdParams(messageId, 'cmid', 'message_id'),
    message: part.text.message,
    format_data: toFormatData(part),
    keep_forward_messages: 1,
    keep_snippets: 1,
    ...part.params,
  }
  await withoutTrouble(params, (tried) =>
    callApi(outside, settings, { method: 'messages.edit', params: tried }, call),
  )
}

/** For everyone; VK allows that for a day. Throws as `sendMessage`. */
export async function deleteMessage(
  outside: Outside,
  chatId: string,
  messageId: string,
  { settings }: Line<VkSettings>,
  call: SendContext,
): Promise<void> {
  const params = {
    peer_id: toPeerId(chatId),
    ...toIdParams(messageId, 'cmids', 'message_ids'),
    delete_for_all: 1,
  }
  const answer = await callApi(outside, settings, { method: 'messages.delete', params }, call)
  // A message that isn't there has no entry, or one of 0: it is gone, as it should be.
  for (const entry of listOf(answer)) {
    if (isRecord(entry) && isRecord(entry['error'])) throw elementError(entry['error'], settings)
  }
}

/** Throws VkError for what is no id of ours. */
function toIdParams(messageId: string, cmid: string, own: string): Params {
  const ids = readMessageId(messageId)
  if (!ids) throw badParameter('not the id of a message of VK')
  return 'cmid' in ids ? { [cmid]: ids.cmid } : { [own]: ids.messageId }
}

function toFormatData({ text: { items } }: Part): string | undefined {
  return items.length > 0 ? JSON.stringify({ version: 1, items }) : undefined
}

/** Files as attachments; those that VK doesn't take as lines of text. */
async function upload(
  context: ConnectorContext,
  peerId: string,
  files: readonly OutboundFile[],
  settings: VkSettings,
  { signal }: SendContext,
): Promise<{ attachments: string[]; links: string[] }> {
  const attachments: string[] = []
  const links: string[] = []
  const uploads = { outside: context, carrier: createCarrier(context), settings, peerId, signal }
  for (const file of files) {
    const attachment = await uploadFile(file, uploads)
    if (attachment === undefined) links.push(linkToFile(file))
    else attachments.push(attachment)
  }
  return { attachments, links }
}

/**
 * Makes the call, and again without what VK refuses to show: the formatting, the keyboard, the message replied to. A
 * refused call has sent nothing, so `random_id` stays.
 */
async function withoutTrouble<T>(params: Params, make: (params: VkCall['params']) => Promise<T>) {
  let tried = params
  for (;;) {
    try {
      return await make(tried)
    } catch (error) {
      const other = error instanceof VkError ? relieve(error.vkCode ?? 0, tried) : undefined
      if (!other) throw error
      tried = other
    }
  }
}

/** The params without what this code is about, which is said in the text instead; undefined if it isn't there. */
function relieve(code: number, params: Params): Params | undefined {
  const { keyboard, forward, format_data: format, message = '' } = params
  if (code === BAD_KEYBOARD && keyboard) {
    const lines = [message, listKeyboard(String(keyboard))].filter(Boolean).join('\n')
    return { ...params, keyboard: undefined, message: lines }
  }
  if (CANNOT_FORWARD.includes(code) && forward) return { ...params, forward: undefined }
  if (code !== BAD_PARAMETER || !format) return undefined
  const { items } = JSON.parse(String(format)) as { items: VkFormatItem[] }
  return { ...params, format_data: undefined, message: withoutMarks(String(message), items) }
}

/** A list with an entry for the conversation, whose error stands in it; older versions tell VK's own id alone. */
function readReceipt(answer: unknown, peerId: string, settings: VkSettings): string[] {
  const entry: unknown = Array.isArray(answer) ? answer[0] : answer
  if (isRecord(entry) && isRecord(entry['error'])) throw elementError(entry['error'], settings)
  const { conversation_message_id: cmid, message_id: id } = isRecord(entry)
    ? entry
    : { message_id: entry, conversation_message_id: undefined }
  if (typeof cmid === 'number' && cmid > 0) return [toMessageId(peerId, cmid)]
  if (typeof id !== 'number' || id <= 0) throw withoutId()
  return [String(id)]
}

function elementError(error: Record<string, unknown>, settings: VkSettings): VkError {
  const code = Number(error['code'] ?? error['error_code'])
  return toVkError(code, error['description'] ?? error['error_msg'], settings)
}
