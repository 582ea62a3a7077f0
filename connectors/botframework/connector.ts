import type { Connector, ConnectorContext } from '#core/connector.ts'
import { checkLine } from './check.ts'
import { createClient } from './client.ts'
import { testConnect } from './connect.ts'
import { parseActivity } from './inbound.ts'
import { createConversationMethod } from './methods.ts'
import { ratesOf } from './rates.ts'
import { deleteMessage, editMessage, type Sender, sendMessage, sendTyping } from './send.ts'
import type { BotFrameworkSettings } from './settings.ts'
import { createTokenSource } from './token.ts'
import { verifyActivity } from './verify.ts'
import { createKeyStore } from './verify-keys.ts'
import { PARENT_CAPABILITIES, profileOf } from './virtual.ts'

/** Of Teams, about 100 KB with all that belongs to it; e-mails are as long as people make them. */
const MAX_TEXT_LENGTH = 100_000

/** Where Slack itself cuts a message. */
const MAX_SLACK_LENGTH = 40_000

/** The connector of one channel, or of all of them when `channelId` is undefined. */
export function createBotConnector(
  context: ConnectorContext,
  channelId: string | undefined,
): Connector<BotFrameworkSettings> {
  const keys = createKeyStore(context.http, context.clock)
  const tokens = createTokenSource(context)
  const client = createClient(context, tokens)
  const sender: Sender = { client, channelId }
  const abilities = channelId === undefined ? PARENT_CAPABILITIES : profileOf(channelId)
  return {
    rates: ratesOf(channelId),
    maxTextLength: channelId === 'slack' ? MAX_SLACK_LENGTH : MAX_TEXT_LENGTH,
    // Teams' ids are the millisecond in which a message was sent: two conversations may have the same.
    messageIdScope: (chatId) => chatId,
    verify: (request, line) => verifyActivity(request, line.settings, keys, context.clock),
    parse: (update, line, receivedAt) =>
      parseActivity(update, { settings: line.settings, channelId, receivedAt }),
    send: (_chatId, message, line, call) => sendMessage(sender, message, line, call),
    ...(abilities.edit
      ? {
          update: (_chatId, messageId, message, line, call) =>
            editMessage(sender, messageId, message, line, call),
        }
      : {}),
    ...(abilities.delete
      ? { remove: (_chatId, messageId, line, call) => deleteMessage(sender, messageId, line, call) }
      : {}),
    ...(abilities.typing
      ? { typing: (_chatId, line, call) => sendTyping(sender, line, call) }
      : {}),
    testConnect: (line, call) => testConnect(tokens, keys, line.settings, call),
    check: (line, call) => checkLine(tokens, line.settings, call),
    locateFile: async (ref, line, { signal }) => ({
      url: ref,
      headers: await client.authorize(line.settings, ref, signal),
    }),
    methods: [createConversationMethod(client, channelId)],
  }
}
