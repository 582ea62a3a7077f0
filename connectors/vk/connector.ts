import type { Connector, ConnectorContext } from '#core/connector.ts'
import { checkLine } from './check.ts'
import { callApi } from './client.ts'
import { Confirmation } from './confirmation.ts'
import { testConnect } from './connect.ts'
import { findFile } from './files.ts'
import { parseUpdate } from './inbound.ts'
import { installWebhook, uninstallWebhook } from './install.ts'
import { readMessageId } from './message-id.ts'
import { getUserMethod } from './methods.ts'
import { readProfile } from './people.ts'
import { pollUpdates } from './polling.ts'
import { VK_RATES } from './rates.ts'
import { deleteMessage, editMessage, sendMessage, toPeerId } from './send.ts'
import type { VkSettings } from './settings.ts'
import { verifyUpdate } from './verify.ts'

export function createVk(context: ConnectorContext): Connector<VkSettings> {
  const confirmation = new Confirmation(context)
  return {
    verify: verifyUpdate,
    handshake: (request, line) => confirmation.answer(request, line),
    // VK's own libraries look at the body alone.
    contentTypes: ['application/json', ''],
    parse: parseUpdate,
    rates: VK_RATES,
    // By `random_id`.
    isIdempotent: true,
    send: (chatId, message, line, call) => sendMessage(context, chatId, message, line, call),
    editDropsButtons: true,
    update: (chatId, messageId, message, line, call) =>
      editMessage(context, chatId, messageId, message, line, call),
    remove: (chatId, messageId, line, call) =>
      deleteMessage(context, chatId, messageId, line, call),
    async typing(chatId, { settings }, call) {
      const params = { peer_id: toPeerId(chatId), type: 'typing', group_id: settings.groupId }
      await callApi(context, settings, { method: 'messages.setActivity', params }, call)
    },
    async markRead(chatId, messageId, { settings }, call) {
      const ids = messageId === undefined ? undefined : readMessageId(messageId)
      const upTo = ids && 'cmid' in ids ? ids.cmid : undefined
      const params = {
        peer_id: toPeerId(chatId),
        group_id: settings.groupId,
        ...(upTo === undefined ? { mark_conversation_as_read: 1 } : { up_to_cmid: upTo }),
      }
      await callApi(context, settings, { method: 'messages.markAsRead', params }, call)
    },
    testConnect: (line, call) => testConnect(context, line.settings, call),
    check: (line, call) => checkLine(context, line, call),
    async install(line, call) {
      confirmation.expect(line.id)
      await installWebhook(context, line, call)
    },
    uninstall: (line, call) => uninstallWebhook(context, line, call),
    isPolling: (line) => line.settings.mode === 'longPoll',
    poll: (cursor, line, call) => pollUpdates(context, line.settings, cursor, call),
    profile: (personId, line, call) => readProfile(context, line.settings, personId, call),
    // VK's file addresses need no credential; the hub's link only hides them.
    locateFile: async (ref, _line, call) => ({ url: await findFile(context.http, ref, call) }),
    methods: [getUserMethod(context)],
  }
}
