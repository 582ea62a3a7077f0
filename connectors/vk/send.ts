import type { SendContext } from '#core/connector.ts'
import type { HttpClient } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import type { OutboundFile } from '#core/message.ts'
import { callApi, safeWords, type VkCall } from './client.ts'
import { BAD_KEYBOARD, BAD_PARAMETER, CANNOT_FORWARD, toVkError, VkError } from './errors.ts'
import { listButtons } from './keyboard.ts'
import { readMessageId, toMessageId } from './message-id.ts'
import { linkTo, type Part, randomIdOf } from './outbound.ts'
import type { VkSettings } from './settings.ts'
import { withoutMarks } from './text-write.ts'
import type { FormatItem } from './types.ts'
import { type FileCarrier, uploadFile } from './uploads.ts'

export interface SendOutside {
  readonly http: HttpClient
  readonly carrier: FileCarrier
}

type Params = Record<string, string | number | undefined>

/** Sends one part. Gives our id of the message. Throws DeliveryError, TransportError. */
export async function sendPart(
  outside: SendOutside,
  peerId: string,
  part: Part,
  { settings }: Line<VkSettings>,
  call: SendContext,
): Promise<string[]> {
  const { attachments, links } = await upload(outside, peerId, part.files, settings, call)
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
    return readReceipt(await callApi(outside.http, settings, one, call), peerId, settings)
  })
}

/** Replaces the text of a message. Throws DeliveryError, TransportError. */
export async function editMessage(
  http: HttpClient,
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
    callApi(http, settings, { method: 'messages.edit', params: tried }, call),
  )
}

/** For everyone; VK allows that for a day. Throws DeliveryError, TransportError. */
export async function deleteMessage(
  http: HttpClient,
  peerId: string,
  messageId: string,
  { settings }: Line<VkSettings>,
  call: SendContext,
): Promise<void> {
  const params = {
    peer_id: peerId,
    ...toIdParams(messageId, 'cmids', 'message_ids'),
    delete_for_all: 1,
  }
  const answer = await callApi(http, settings, { method: 'messages.delete', params }, call)
  // A message that isn't there has no entry, or one of 0: it is gone, as it should be.
  for (const entry of Array.isArray(answer) ? (answer as unknown[]) : []) {
    if (isRecord(entry) && isRecord(entry['error'])) throw elementError(entry['error'], settings)
  }
}

/** Throws VkError for what is no id of ours. */
function toIdParams(messageId: string, cmid: string, own: string): Params {
  const ids = readMessageId(messageId)
  if (!ids) throw toVkError(BAD_PARAMETER, 'not the id of a message of VK')
  return 'cmid' in ids ? { [cmid]: ids.cmid } : { [own]: ids.messageId }
}

function toFormatData({ text: { items } }: Part): string | undefined {
  return items.length > 0 ? JSON.stringify({ version: 1, items }) : undefined
}

/** Files as attachments; those that VK doesn't take as lines of text. */
async function upload(
  { http, carrier }: SendOutside,
  peerId: string,
  files: readonly OutboundFile[],
  settings: VkSettings,
  { signal }: SendContext,
): Promise<{ attachments: string[]; links: string[] }> {
  const attachments: string[] = []
  const links: string[] = []
  for (const file of files) {
    const attachment = await uploadFile(file, { http, carrier, settings, peerId, signal })
    if (attachment === undefined) links.push(linkTo(file))
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
    const lines = [message, listButtons(String(keyboard))].filter(Boolean).join('\n')
    return { ...params, keyboard: undefined, message: lines }
  }
  if (CANNOT_FORWARD.includes(code) && forward) return { ...params, forward: undefined }
  if (code !== BAD_PARAMETER || !format) return undefined
  const { items } = JSON.parse(String(format)) as { items: FormatItem[] }
  return { ...params, format_data: undefined, message: withoutMarks(String(message), items) }
}

/** A list with an entry for the conversation, whose error stands in it; older versions tell VK's own id alone. */
function readReceipt(answer: unknown, peerId: string, settings: VkSettings): string[] {
  const entry: unknown = Array.isArray(answer) ? answer[0] : answer
  if (!isRecord(entry)) return readId(entry)
  if (isRecord(entry['error'])) throw elementError(entry['error'], settings)
  const { conversation_message_id: cmid, message_id: id } = entry
  if (typeof cmid === 'number' && cmid > 0) return [toMessageId(peerId, cmid)]
  return readId(id)
}

/** 0 is no id: the message isn't there. */
function readId(id: unknown): string[] {
  return typeof id === 'number' && id > 0 ? [String(id)] : []
}

function elementError(error: Record<string, unknown>, settings: VkSettings): VkError {
  const code = Number(error['code'] ?? error['error_code'])
  return toVkError(code, safeWords(error['description'] ?? error['error_msg'], settings))
}
