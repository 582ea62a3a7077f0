import type { Connector, ConnectorContext } from '#core/connector.ts'
import { accountsIn, MAX_BODY_BYTES } from '#meta/route.ts'
import { checkLine } from './check.ts'
import { testConnect } from './connect.ts'
import { locateFile } from './files.ts'
import { readUpdate } from './inbound.ts'
import { installWebhook, uninstallWebhook } from './install.ts'
import { listTemplatesMethod } from './methods-list-templates.ts'
import { sendTemplateMethod } from './methods-send-template.ts'
import { canonicalNumber } from './phone-number.ts'
import { markRead } from './presence.ts'
import { WHATSAPP_RATES } from './rates.ts'
import { routeUpdate } from './route.ts'
import { sendMessage } from './send.ts'
import type { WhatsAppSettings } from './settings.ts'
import { proofKey, shakeHands, verifyUpdate } from './verify.ts'

/** Meta's first status of a message comes within seconds; there is no figure of its own for it. */
const TELLS_WITHIN_MS = 10_000

/** A message has 4 096 characters; a form tells all its answers in one text. */
const MAX_TEXT_LENGTH = 32_768

/** One code for both providers: a line's settings say which one it is. */
export function createWhatsApp(context: ConnectorContext): Connector<WhatsAppSettings> {
  const { log } = context
  return {
    verify: verifyUpdate,
    handshake: shakeHands,
    route: routeUpdate,
    accountsIn,
    proofKey,
    maxBodyBytes: MAX_BODY_BYTES,
    maxTextLength: MAX_TEXT_LENGTH,
    parse(update, line, receivedAt) {
      const { parsed, notices } = readUpdate(update, line, receivedAt)
      for (const { field, name } of notices) {
        log.warn(
          { event: 'whatsapp.account-notice', lineId: line.id, field, name },
          'WhatsApp says something about the account',
        )
      }
      return parsed
    },
    chatOfPhone: canonicalNumber,
    rates: WHATSAPP_RATES,
    tellsWithinMs: TELLS_WITHIN_MS,
    sendsTemplates: true,
    send: (chatId, message, line, call) => sendMessage(context, chatId, message, line, call),
    typing: (chatId, line, call) => markRead(context, line, { chatId, isTyping: true }, call),
    markRead: (chatId, messageId, line, call) =>
      markRead(context, line, { chatId, messageId }, call),
    testConnect: (line, call) => testConnect(context, line, call),
    check: (line, call) => checkLine(context, line, call),
    install: (line, call) => installWebhook(context, line, call),
    uninstall: (line, call) => uninstallWebhook(context, line, call),
    locateFile: (ref, line, call) => locateFile(context, ref, line, call),
    methods: [listTemplatesMethod(context), sendTemplateMethod(context)],
  }
}
