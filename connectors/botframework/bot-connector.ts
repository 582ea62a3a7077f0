import type { Connector, ConnectorContext, ConnectReport, SendContext } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { Line } from '#core/line.ts'
import type { OutboundMessage, Receipt } from '#core/message.ts'
import { requireIds, sendParts } from '#core/parts.ts'
import { createKeyStore, type KeyStore, verifyActivity } from './auth.ts'
import { type ChannelProfile, PARENT_CAPABILITIES, profileOf } from './channels.ts'
import { type BotFrameworkClient, createClient } from './client.ts'
import { parseActivity } from './inbound.ts'
import { createConversationMethod } from './methods.ts'
import { address, planActivities } from './outbound.ts'
import { ratesOf } from './rates.ts'
import type { BotFrameworkSettings } from './settings.ts'
import { createTokenSource, type TokenSource } from './token.ts'
import { type ChatContext, chatContextSchema, type OutboundActivity } from './types.ts'

type Settings = BotFrameworkSettings

/** The connector of one channel, or of all of them when `channelId` is undefined. */
export function createBotConnector(
  context: ConnectorContext,
  channelId: string | undefined,
): Connector<Settings> {
  const keys = createKeyStore(context.http, context.clock)
  const tokens = createTokenSource(context)
  const client = createClient(context, tokens)
  const abilities = channelId === undefined ? PARENT_CAPABILITIES : profileOf(channelId)
  return {
    rates: ratesOf(channelId),
    verify: (request, line) => verifyActivity(request, line.settings, keys, context.clock),
    parse: (update, line, receivedAt) =>
      parseActivity(update, { settings: line.settings, channelId, receivedAt }),
    send: (_chatId, message, line, call) => send(client, channelId, message, line, call),
    ...(abilities.edit
      ? {
          update: (_chatId, messageId, message, line, call) =>
            update(client, channelId, messageId, message, line, call),
        }
      : {}),
    ...(abilities.delete
      ? { remove: (_chatId, messageId, line, call) => remove(client, messageId, line, call) }
      : {}),
    ...(abilities.typing
      ? {
          typing: async (_chatId, line, call) => {
            await post(client, { type: 'typing' }, readContext(call), line, call)
          },
        }
      : {}),
    testConnect: (line, { signal }) => testConnect(tokens, keys, line, signal),
    locateFile: async (ref, line, { signal }) => ({
      url: ref,
      headers: await client.authorize(line.settings, ref, signal),
    }),
    methods: [createConversationMethod(client, channelId)],
  }
}

/** The parent's promised text limit holds whichever channel it writes to. */
function profileFor(chat: ChatContext, channelId: string | undefined): ChannelProfile {
  const profile = profileOf(chat.channelId)
  if (channelId !== undefined) return profile
  return { ...profile, textLimit: Math.min(profile.textLimit, PARENT_CAPABILITIES.textLimit) }
}

async function send(
  client: BotFrameworkClient,
  channelId: string | undefined,
  message: OutboundMessage,
  line: Line<Settings>,
  call: SendContext,
): Promise<Receipt> {
  const chat = readContext(call)
  const activities = planActivities(message, profileFor(chat, channelId))
  if (activities.length === 0) throw refusal('the message holds nothing that can be sent')
  return await sendParts(activities, call, async (activity) => {
    const id = await post(client, activity, chat, line, call)
    return id === undefined ? [] : [id]
  })
}

async function post(
  client: BotFrameworkClient,
  activity: OutboundActivity,
  chat: ChatContext,
  line: Line<Settings>,
  call: SendContext,
): Promise<string | undefined> {
  const path = ['conversations', chat.conversationId, 'activities']
  if (activity.replyToId) path.push(activity.replyToId)
  const body = await client.call(line.settings, {
    method: 'POST',
    serviceUrl: chat.serviceUrl,
    path,
    json: address(activity, chat),
    signal: call.signal,
  })
  return readId(body)
}

async function update(
  client: BotFrameworkClient,
  channelId: string | undefined,
  messageId: string,
  message: OutboundMessage,
  line: Line<Settings>,
  call: SendContext,
): Promise<Receipt> {
  const chat = readContext(call)
  const [activity, second] = planActivities(message, profileFor(chat, channelId), true)
  if (!activity) throw refusal('the message holds nothing that can be sent')
  // An edit replaces one activity: a text that needs two would silently lose its end.
  if (second) throw refusal('the edited message does not fit into one activity')
  const body = await client.call(line.settings, {
    method: 'PUT',
    serviceUrl: chat.serviceUrl,
    path: ['conversations', chat.conversationId, 'activities', messageId],
    json: { ...address(activity, chat), id: messageId },
    signal: call.signal,
  })
  return { messageIds: requireIds(body === undefined ? [] : [readId(body) ?? messageId]) }
}

async function remove(
  client: BotFrameworkClient,
  messageId: string,
  line: Line<Settings>,
  call: SendContext,
): Promise<void> {
  const chat = readContext(call)
  await client.call(line.settings, {
    method: 'DELETE',
    serviceUrl: chat.serviceUrl,
    path: ['conversations', chat.conversationId, 'activities', messageId],
    acceptsMissing: true,
    signal: call.signal,
  })
}

async function testConnect(
  tokens: TokenSource,
  keys: KeyStore,
  line: Line<Settings>,
  signal: AbortSignal,
): Promise<ConnectReport> {
  const { appId, botHandle } = line.settings
  try {
    // A cached token would prove nothing about a secret that has been revoked since.
    tokens.drop(line.settings)
    await tokens.get(line.settings, signal)
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    const { disposition, field } = error.fault
    const isRefused = disposition !== 'retry'
    return {
      ok: false,
      error: {
        code: isRefused ? 'HUB_CHANNEL_REFUSED' : 'HUB_CHANNEL_UNREACHABLE',
        message: error.message,
        ...given({ field }),
      },
    }
  }
  await keys.refresh(line.settings.openIdMetadataUrl)
  return { ok: true, identity: appId.toLowerCase(), ...given({ name: botHandle }) }
}

/** The service's address is learnt from traffic: without an inbound activity there is nowhere to send to. */
function readContext(call: SendContext): ChatContext {
  const chat = chatContextSchema.safeParse(call.conversation).data
  if (!chat) throw refusal('nobody has written in this chat yet, so its address is not known')
  return chat
}

function refusal(message: string): DeliveryError {
  return new DeliveryError(message, {
    disposition: 'reject',
    outcome: 'not-sent',
    channelCode: 'HUB_UNSUPPORTED',
  })
}

function readId(body: unknown): string | undefined {
  const id = (body as { id?: unknown } | null | undefined)?.id
  return typeof id === 'string' && id !== '' ? id : undefined
}
