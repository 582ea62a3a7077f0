import type {
  Connector,
  ConnectorContext,
  ConnectorDescriptor,
  SendContext,
  Verification,
} from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import type { RawRequest } from '#core/http.ts'
import type { Line } from '#core/line.ts'
import { sendParts } from '#core/parts.ts'
import { isSameSecret } from '#core/secrets.ts'
import { toAlbums } from './albums.ts'
import { callApi, sendCall, TelegramError } from './client.ts'
import { planInstall, planUninstall, reportConnect } from './connect.ts'
import { locateFile } from './downloads.ts'
import { parseUpdate } from './inbound.ts'
import { getChatMethod } from './methods.ts'
import { planEdit, planMessage, planTarget, type SendTarget, TEXT_LIMIT } from './outbound.ts'
import { answerCallbacks, pollUpdates } from './polling.ts'
import { TELEGRAM_RATES } from './rates.ts'
import { fields, parseSettings, type TelegramSettings } from './settings.ts'
import { checkFiles, PartSender } from './uploads.ts'

/** Telegram's Bot API: https://core.telegram.org/bots/api. See README.md here for its quirks. */
export const telegram: ConnectorDescriptor<TelegramSettings> = {
  id: 'telegram',
  title: 'Telegram',
  fields,
  capabilities: {
    textLimit: TEXT_LIMIT,
    textUnit: 'utf16',
    files: 'native',
    buttons: 'native',
    replies: true,
    location: 'native',
    contact: 'native',
    edit: true,
    delete: true,
    typing: true,
    markRead: false,
    reactions: true,
    statuses: [],
    webhookInstall: true,
    polling: true,
  },
  methods: ['getChat'],
  parseSettings,
  create: createTelegram,
}

function createTelegram(context: ConnectorContext): Connector<TelegramSettings> {
  const { http } = context
  return {
    verify: verifySecret,
    parse: parseUpdate,
    rates: TELEGRAM_RATES,
    async send(chatId, message, line, call) {
      const calls = planMessage(message, toTarget(chatId, call))
      if (calls.length === 0) throw nothingToSend()
      checkFiles(context, calls)
      const sender = new PartSender(context, line.settings, call)
      return await sendParts(toAlbums(calls), call, (one) => sender.send(one))
    },
    async update(chatId, messageId, message, line, call) {
      const calls = planEdit(message, messageId, toTarget(chatId, call))
      const [edit] = calls
      const sender = new PartSender(context, line.settings, call)
      if (!edit) throw nothingToSend()
      return await sendParts(calls, call, async (one) => {
        if (one !== edit) return await sender.send(one)
        await unless(sendCall(http, line.settings, edit, call), NOT_MODIFIED)
        return [messageId]
      })
    },
    async remove(chatId, messageId, line, call) {
      const params = { ...planTarget(toTarget(chatId, call)), message_id: Number(messageId) }
      await unless(sendCall(http, line.settings, { method: 'deleteMessage', params }, call), GONE)
    },
    async typing(chatId, line, call) {
      const params = { ...planTarget(toTarget(chatId, call)), action: 'typing' }
      await callApi(http, line.settings, { method: 'sendChatAction', params }, call)
    },
    testConnect: (line, call) => reportConnect(http, line.settings, call),
    async install(line, call) {
      await callApi(http, line.settings, planInstall(line), call)
    },
    async uninstall(line, call) {
      await callApi(http, line.settings, planUninstall(), call)
    },
    isPolling: (line) => line.settings.mode === 'polling',
    async poll(cursor, line, call) {
      const batch = await pollUpdates(http, line.settings, cursor, call)
      await answerCallbacks(http, line.settings, batch.updates, call)
      return batch
    },
    locateFile: (ref, line, call) => locateFile(http, line.settings, ref, call),
    methods: [getChatMethod(context)],
  }
}

/** Telegram echoes the secret that setWebhook gave it; nothing else proves an update's origin. */
function verifySecret(request: RawRequest, line: Line<TelegramSettings>): Verification {
  const given = request.headers['x-telegram-bot-api-secret-token']
  if (given === undefined || given === '') return { ok: false, reason: 'no secret token' }
  const isEqual = isSameSecret(given, line.webhookSecret)
  return isEqual ? { ok: true } : { ok: false, reason: 'wrong secret token' }
}

function toTarget(chatId: string, { conversation }: SendContext): SendTarget {
  const { movedTo, businessConnectionId } = conversation ?? {}
  return {
    chatId: typeof movedTo === 'string' ? movedTo : chatId,
    ...(typeof businessConnectionId === 'string' ? { businessConnectionId } : {}),
  }
}

function nothingToSend(): DeliveryError {
  return new DeliveryError('the message has nothing that Telegram could show', {
    disposition: 'reject',
    outcome: 'not-sent',
    channelCode: 'HUB_EMPTY_MESSAGE',
  })
}

/** 400 answers which mean that the chat already looks as it should. Telegram gives them no codes of their own. */
const NOT_MODIFIED = ['message is not modified', 'message_not_modified']
const GONE = ['message to delete not found', 'message_id_invalid']

async function unless(call: Promise<unknown>, done: readonly string[]): Promise<void> {
  try {
    await call
  } catch (error) {
    const isDone =
      error instanceof TelegramError && error.refusal.code === 400 && error.says(...done)
    if (!isDone) throw error
  }
}
