import type { SendContext } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import type { Line } from '#core/line.ts'
import type { OutboundMessage, Receipt } from '#core/message.ts'
import { requireIds, sendParts } from '#core/parts.ts'
import { emptyMessage } from '#kit/empty-message.ts'
import { textFields } from '#kit/json-answer.ts'
import { rejection } from '#kit/rejection.ts'
import type { BotFrameworkClient } from './client.ts'
import { address, planActivities } from './outbound.ts'
import type { BotFrameworkSettings } from './settings.ts'
import { type ChatContext, chatContextSchema, type OutboundActivity } from './types.ts'
import { type ChannelProfile, PARENT_CAPABILITIES, profileOf } from './virtual.ts'

type BotLine = Line<BotFrameworkSettings>

export interface Sender {
  readonly client: BotFrameworkClient
  /** The virtual connector's own channel; undefined for the parent. */
  readonly channelId: string | undefined
}

/** Sends a message. Throws DeliveryError, TransportError. */
export async function sendMessage(
  sender: Sender,
  message: OutboundMessage,
  line: BotLine,
  call: SendContext,
): Promise<Receipt> {
  const chat = readContext(call)
  const profile = profileFor(chat, sender)
  const activities = planActivities(message, profile)
  if (activities.length === 0) throw emptyMessage(profile.title)
  return await sendParts(activities, call, (activity) => post(sender, activity, chat, line, call))
}

/** Throws as `sendMessage`. */
export async function sendTyping(sender: Sender, line: BotLine, call: SendContext): Promise<void> {
  await post(sender, { type: 'typing' }, readContext(call), line, call)
}

/** Replaces one activity. Throws as `sendMessage`, also for a text that needs two: its end would silently be lost. */
export async function editMessage(
  sender: Sender,
  messageId: string,
  message: OutboundMessage,
  { settings }: BotLine,
  call: SendContext,
): Promise<Receipt> {
  const chat = readContext(call)
  const profile = profileFor(chat, sender)
  const [activity, second] = planActivities(message, profile, true)
  if (!activity) throw emptyMessage(profile.title)
  if (second) {
    throw rejection('the edited message does not fit into one activity', 'HUB_UNSUPPORTED')
  }
  const body = await sender.client.call(settings, {
    method: 'PUT',
    serviceUrl: chat.serviceUrl,
    path: ['conversations', chat.conversationId, 'activities', messageId],
    json: { ...address(activity, chat), id: messageId },
    signal: call.signal,
  })
  return { messageIds: requireIds(body === undefined ? [] : [textFields(body)('id') || messageId]) }
}

/** Throws as `sendMessage`. */
export async function deleteMessage(
  { client }: Sender,
  messageId: string,
  { settings }: BotLine,
  call: SendContext,
): Promise<void> {
  const chat = readContext(call)
  await client.call(settings, {
    method: 'DELETE',
    serviceUrl: chat.serviceUrl,
    path: ['conversations', chat.conversationId, 'activities', messageId],
    acceptsMissing: true,
    signal: call.signal,
  })
}

/** What the service says where the message that is answered can't be. Nothing has been sent then. */
const NO_ANSWER = [
  ...['ActivityNotFoundInConversation', 'BadArgument', 'BadSyntax'],
  ...['400', '404', 'HUB_UNSUPPORTED'],
]

/** Without the message that it answers, if that is what the service refuses. */
async function post(
  sender: Sender,
  activity: OutboundActivity,
  chat: ChatContext,
  line: BotLine,
  call: SendContext,
): Promise<string[]> {
  try {
    return await postActivity(sender, activity, chat, line, call)
  } catch (error) {
    const code = error instanceof DeliveryError ? error.fault.channelCode : ''
    if (activity.replyToId === undefined || !NO_ANSWER.includes(code)) throw error
    const { replyToId: _, ...unanswered } = activity
    return await postActivity(sender, unanswered, chat, line, call)
  }
}

/** Gives the activity's id, which not every channel tells. */
async function postActivity(
  { client }: Sender,
  activity: OutboundActivity,
  chat: ChatContext,
  { settings }: BotLine,
  { signal }: SendContext,
): Promise<string[]> {
  const path = ['conversations', chat.conversationId, 'activities']
  if (activity.replyToId) path.push(activity.replyToId)
  const { serviceUrl } = chat
  const json = address(activity, chat)
  const body = await client.call(settings, { method: 'POST', serviceUrl, path, json, signal })
  const id = textFields(body)('id')
  return id === '' ? [] : [id]
}

/** The parent's promised text limit holds whichever channel it writes to. */
function profileFor(chat: ChatContext, { channelId }: Sender): ChannelProfile {
  const profile = profileOf(chat.channelId)
  if (channelId !== undefined) return profile
  return { ...profile, textLimit: Math.min(profile.textLimit, PARENT_CAPABILITIES.textLimit) }
}

/** The service's address is learnt from traffic: without an inbound activity there is nowhere to send to. */
function readContext({ conversation }: SendContext): ChatContext {
  const chat = chatContextSchema.safeParse(conversation).data
  if (chat) return chat
  const words = 'nobody has written in this chat yet, so its address is not known'
  throw rejection(words, 'HUB_UNSUPPORTED')
}
