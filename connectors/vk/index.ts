import type { Connector, ConnectorContext, ConnectorDescriptor } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import { sendParts } from '#core/parts.ts'
import { shakeHands, verifySecret } from './authenticity.ts'
import { createCarrier } from './carrier.ts'
import { callApi } from './client.ts'
import { reportConnect } from './connect.ts'
import { BAD_PARAMETER, toVkError } from './errors.ts'
import { findFile } from './files.ts'
import { parseUpdate } from './inbound.ts'
import { installWebhook, uninstallWebhook } from './install.ts'
import { readMessageId } from './message-id.ts'
import { planEdit, planMessage, TEXT_LIMIT } from './outbound.ts'
import { getUserMethod, readProfile } from './people.ts'
import { pollUpdates } from './polling.ts'
import { VK_RATES } from './rates.ts'
import { deleteMessage, editMessage, sendPart } from './send.ts'
import { fields, parseSettings, type VkSettings } from './settings.ts'

/** Messages of a VK community: https://dev.vk.com/en/api/community-messages/getting-started. See README.md here. */
export const vk: ConnectorDescriptor<VkSettings> = {
  id: 'vk',
  title: 'VK',
  fields,
  capabilities: {
    textLimit: TEXT_LIMIT,
    textUnit: 'utf16',
    files: 'native',
    buttons: 'native',
    replies: true,
    location: 'native',
    contact: 'text',
    edit: true,
    delete: true,
    typing: true,
    markRead: true,
    reactions: true,
    statuses: ['read', 'noAccount'],
    webhookInstall: true,
    polling: true,
  },
  methods: ['getUser'],
  parseSettings,
  create: createVk,
}

function createVk(context: ConnectorContext): Connector<VkSettings> {
  const { http } = context
  const outside = { http, carrier: createCarrier(context) }
  return {
    verify: verifySecret,
    handshake: (request, line) => shakeHands(http, request, line),
    parse: parseUpdate,
    rates: VK_RATES,
    async send(chatId, message, line, call) {
      const parts = planMessage(message, toPeerId(chatId))
      if (parts.length === 0) throw nothingToSend()
      return await sendParts(parts, call, (part) => sendPart(outside, chatId, part, line, call))
    },
    async update(chatId, messageId, message, line, call) {
      const [edit, ...more] = planEdit(message)
      if (!edit) throw nothingToSend()
      const peerId = toPeerId(chatId)
      return await sendParts([edit, ...more], call, async (part) => {
        if (part !== edit) return await sendPart(outside, peerId, part, line, call)
        await editMessage(http, peerId, messageId, part, line, call)
        return [messageId]
      })
    },
    async remove(chatId, messageId, line, call) {
      await deleteMessage(http, toPeerId(chatId), messageId, line, call)
    },
    async typing(chatId, line, call) {
      const params = { peer_id: toPeerId(chatId), type: 'typing', group_id: line.settings.groupId }
      await callApi(http, line.settings, { method: 'messages.setActivity', params }, call)
    },
    async markRead(chatId, messageId, line, call) {
      const ids = messageId === undefined ? undefined : readMessageId(messageId)
      const upTo = ids && 'cmid' in ids ? ids.cmid : undefined
      const params = {
        peer_id: toPeerId(chatId),
        group_id: line.settings.groupId,
        ...(upTo === undefined ? { mark_conversation_as_read: 1 } : { up_to_cmid: upTo }),
      }
      await callApi(http, line.settings, { method: 'messages.markAsRead', params }, call)
    },
    testConnect: (line, call) => reportConnect(http, line.settings, call),
    install: (line, call) => installWebhook(context, line, call),
    uninstall: (line, call) => uninstallWebhook(context, line, call),
    isPolling: (line) => line.settings.mode === 'longPoll',
    poll: (cursor, line, call) => pollUpdates(http, line.settings, cursor, call),
    profile: (personId, line, call) => readProfile(http, line.settings, personId, call),
    // VK's file addresses need no credential; the hub's link only hides them.
    locateFile: async (ref, _line, call) => ({ url: await findFile(http, ref, call) }),
    methods: [getUserMethod(http)],
  }
}

/** VK's number of a conversation. Throws VkError for anything else. */
function toPeerId(chatId: string): string {
  if (!/^-?\d{1,15}$/.test(chatId)) throw toVkError(BAD_PARAMETER, 'not a conversation of VK')
  return chatId
}

function nothingToSend(): DeliveryError {
  return new DeliveryError('the message has nothing that VK could show', {
    disposition: 'reject',
    outcome: 'not-sent',
    channelCode: 'HUB_EMPTY_MESSAGE',
  })
}
