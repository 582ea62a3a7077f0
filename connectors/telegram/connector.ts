import type { Connector, ConnectorContext } from '#core/connector.ts'
import { rejection } from '#kit/rejection.ts'
import { readChatId } from './chat-id.ts'
import { checkLine } from './check.ts'
import { callApi } from './client.ts'
import { testConnect } from './connect.ts'
import { locateFile } from './files.ts'
import { parseUpdate } from './inbound.ts'
import { installWebhook, uninstallWebhook } from './install.ts'
import { getChatMethod } from './methods.ts'
import { planThread, toTarget } from './outbound.ts'
import { answerCallbacks, pollUpdates } from './polling.ts'
import { TELEGRAM_RATES } from './rates.ts'
import { deleteMessage, editMessage, sendMessage } from './send.ts'
import type { TelegramSettings } from './settings.ts'
import { verifyUpdate } from './verify.ts'

export function createTelegram(context: ConnectorContext): Connector<TelegramSettings> {
  return {
    verify: verifyUpdate,
    parse: parseUpdate,
    rates: TELEGRAM_RATES,
    messageIdScope: (chatId) => readChatId(chatId).chatId,
    send: (chatId, message, line, call) =>
      sendMessage(context, toTarget(chatId, call.conversation), message, line, call),
    editDropsButtons: true,
    update: (chatId, messageId, message, line, call) => {
      const target = toTarget(chatId, call.conversation)
      return editMessage(context, target, messageId, message, line, call)
    },
    remove: (chatId, messageId, line, call) =>
      deleteMessage(context, toTarget(chatId, call.conversation), messageId, line, call),
    async typing(chatId, { settings }, call) {
      const target = toTarget(chatId, call.conversation)
      if (target.directTopicId !== undefined) {
        throw rejection(
          "Telegram shows no typing in a channel's direct messages",
          'HUB_UNSUPPORTED',
        )
      }
      const params = { ...planThread(target), action: 'typing' }
      await callApi(context, settings, { method: 'sendChatAction', params }, call)
    },
    testConnect: (line, call) => testConnect(context, line.settings, call),
    check: (line, call) => checkLine(context, line, call),
    install: (line, call) => installWebhook(context, line, call),
    uninstall: (line, call) => uninstallWebhook(context, line, call),
    isPolling: (line) => line.settings.mode === 'polling',
    async poll(cursor, { settings }, call) {
      const batch = await pollUpdates(context, settings, cursor, call)
      await answerCallbacks(context, settings, batch.updates, call)
      return batch
    },
    locateFile: (ref, line, call) => locateFile(context, line.settings, ref, call),
    methods: [getChatMethod(context)],
  }
}
