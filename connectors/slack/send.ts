import type { CallContext, SendContext } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import type { OutboundMessage, Receipt } from '#core/message.ts'
import { sendParts } from '#core/parts.ts'
import { joinLines } from '#kit/degrade.ts'
import { emptyMessage } from '#kit/empty-message.ts'
import { textFields } from '#kit/json-answer.ts'
import { rejection } from '#kit/rejection.ts'
import { callApi, type Outside } from './client.ts'
import { codeOf } from './errors.ts'
import { type FoundMessage, findMessage } from './find-message.ts'
import { isTs, type MessagePlace, readMessageId, toMessageId } from './message-id.ts'
import { type Part, planMessage, toContent } from './outbound.ts'
import { listActions } from './outbound-buttons.ts'
import type { SlackSettings } from './settings.ts'

const NOT_FOUND = 'message_not_found'
/** The message that was to be answered can't be, or not any more. */
const NO_THREAD = ['thread_not_found', 'cannot_reply_to_message', 'invalid_thread_ts']

/** An address on a button that Slack won't have, among others: nothing says which block is at fault. */
const BAD_BLOCKS = ['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long']

/** Sends a message, an answer in its thread. Throws DeliveryError, TransportError. */
export async function sendMessage(
  outside: Outside,
  channel: string,
  message: OutboundMessage,
  line: Line<SlackSettings>,
  call: SendContext,
): Promise<Receipt> {
  const parts = planMessage(message)
  if (parts.length === 0) throw emptyMessage('Slack')
  const thread = await findThread(outside, channel, message.replyTo?.id, line, call)
  return await sendParts(parts, call, (part) =>
    post(outside, { channel, thread }, part, line, call),
  )
}

/**
 * Replaces the text of a message; what doesn't fit into it follows, in its thread if it is in one. Without buttons the old
 * ones stay. Throws as `sendMessage`.
 */
export async function editMessage(
  outside: Outside,
  messageId: string,
  message: OutboundMessage,
  line: Line<SlackSettings>,
  call: SendContext,
): Promise<Receipt> {
  const place = placeOf(messageId)
  const [edit, ...more] = planMessage(message)
  if (!edit) throw emptyMessage('Slack')
  const isNeeded = !message.buttons || more.length > 0
  const old = isNeeded ? await findMessage(outside, line.settings, place, call) : undefined
  const actions = message.buttons ? edit.actions : actionsIn(old)
  const target = { channel: place.channel, thread: threadBehind(place, old) }
  return await sendParts([edit, ...more], call, async (part) => {
    if (part !== edit) return await post(outside, target, part, line, call)
    await withoutBadBlocks({ ...edit, actions }, async (one) => {
      // Slack keeps or drops the blocks that aren't mentioned, depending on the rest: they are always mentioned.
      const json = { ...place, ...toContent(one) }
      await callApi(outside, line.settings, { method: 'chat.update', json }, call)
    })
    return [messageId]
  })
}

/** Makes the call, and again with the buttons as lines of the text if Slack refuses the blocks. */
async function withoutBadBlocks<T>(part: Part, make: (part: Part) => Promise<T>): Promise<T> {
  try {
    return await make(part)
  } catch (error) {
    if (part.actions.length === 0 || !BAD_BLOCKS.includes(codeOf(error) ?? '')) throw error
    return await make({ text: joinLines([part.text, ...listActions(part.actions)]), actions: [] })
  }
}

/** One that is already gone is a success. Throws as `sendMessage`. */
export async function deleteMessage(
  outside: Outside,
  messageId: string,
  { settings }: Line<SlackSettings>,
  call: CallContext,
): Promise<void> {
  const json = placeOf(messageId)
  try {
    await callApi(outside, settings, { method: 'chat.delete', json }, call)
  } catch (error) {
    if (codeOf(error) !== NOT_FOUND) throw error
  }
}

function placeOf(messageId: string): MessagePlace {
  const place = readMessageId(messageId)
  if (!place) throw rejection('not a message of Slack', NOT_FOUND)
  return place
}

/**
 * The thread to answer in: Slack wants the message that it began with, and an answer to an answer isn't seen anywhere. So
 * the message is looked up; where that can't be done it is taken for the beginning itself.
 */
async function findThread(
  outside: Outside,
  channel: string,
  replyTo: string | undefined,
  { settings }: Line<SlackSettings>,
  call: CallContext,
): Promise<string | undefined> {
  const place = replyTo === undefined ? undefined : readMessageId(replyTo)
  if (place?.channel !== channel) return undefined
  return (await findMessage(outside, settings, place, call))?.threadTs || place.ts
}

function actionsIn(message: FoundMessage | undefined): object[] {
  return (message?.blocks ?? []).filter(isRecord).filter(({ type }) => type === 'actions')
}

/** The thread that a message is an answer in. The one that begins with it is none: what follows stands beside it. */
function threadBehind({ ts }: MessagePlace, message: FoundMessage | undefined): string | undefined {
  return message?.threadTs === ts ? undefined : message?.threadTs
}

interface Target {
  readonly channel: string
  readonly thread: string | undefined
}

/** Gives our id of the message, if Slack's answer names it. */
async function post(
  outside: Outside,
  target: Target,
  part: Part,
  line: Line<SlackSettings>,
  call: CallContext,
): Promise<string[]> {
  return await withoutBadBlocks(part, (one) => postPart(outside, target, one, line, call))
}

/** Without its thread it goes into the conversation itself. */
async function postPart(
  outside: Outside,
  { channel, thread }: Target,
  part: Part,
  line: Line<SlackSettings>,
  call: CallContext,
): Promise<string[]> {
  const { text, blocks } = toContent(part)
  const json = {
    channel,
    text,
    ...(blocks.length > 0 ? { blocks } : {}),
    ...given({ thread_ts: thread }),
  }
  try {
    const ask = { method: 'chat.postMessage', json }
    const answer = textFields(await callApi(outside, line.settings, ask, call))
    const [at, ts] = [answer('channel') || channel, answer('ts')]
    return isTs(ts) ? [toMessageId(at, ts)] : []
  } catch (error) {
    if (thread === undefined || !NO_THREAD.includes(codeOf(error) ?? '')) throw error
    return await postPart(outside, { channel, thread: undefined }, part, line, call)
  }
}
