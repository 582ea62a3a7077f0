import type { Connector, ConnectorContext } from '#core/connector.ts'
import { checkLine } from './check.ts'
import { testConnect } from './connect.ts'
import { parseUpdate } from './inbound.ts'
import { installWebhook, uninstallWebhook } from './install.ts'
import { getUserDetailsMethod } from './methods.ts'
import { VIBER_RATES } from './rates.ts'
import { sendMessage } from './send.ts'
import type { ViberSettings } from './settings.ts'
import { shakeHands, verifyUpdate } from './verify.ts'

export function createViber(context: ConnectorContext): Connector<ViberSettings> {
  return {
    verify: verifyUpdate,
    handshake: shakeHands,
    // Viber's own libraries look at the body alone.
    contentTypes: ['application/json', ''],
    parse: parseUpdate,
    rates: VIBER_RATES,
    send: (chatId, message, line, call) => sendMessage(context, chatId, message, line, call),
    testConnect: (line, call) => testConnect(context, line, call),
    check: (line, call) => checkLine(context, line, call),
    install: (line, call) => installWebhook(context, line, call),
    uninstall: (line, call) => uninstallWebhook(context, line, call),
    // Viber's file addresses need no credential; the hub's link only hides them.
    locateFile: async (ref) => ({ url: ref }),
    methods: [getUserDetailsMethod(context)],
  }
}
