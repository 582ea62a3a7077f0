import type { Connector, ConnectorContext, ConnectorDescriptor } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import { sendParts } from '#core/parts.ts'
import { shakeHands, verifySignature } from './authenticity.ts'
import { installWebhook, reportConnect, uninstallWebhook } from './connect.ts'
import { parseUpdate } from './inbound.ts'
import { sizeOf } from './media-size.ts'
import { getUserDetailsMethod } from './methods.ts'
import { planMessage, TEXT_LIMIT } from './outbound.ts'
import { VIBER_RATES } from './rates.ts'
import { sendPart } from './send.ts'
import { fields, parseSettings, type ViberSettings } from './settings.ts'

/** Viber's REST Bot API: https://developers.viber.com/docs/api/rest-bot-api/. See README.md here for its quirks. */
export const viber: ConnectorDescriptor<ViberSettings> = {
  id: 'viber',
  title: 'Viber',
  fields,
  capabilities: {
    textLimit: TEXT_LIMIT,
    textUnit: 'utf16',
    files: 'native',
    buttons: 'native',
    replies: false,
    location: 'native',
    contact: 'native',
    edit: false,
    delete: false,
    typing: false,
    markRead: false,
    reactions: false,
    statuses: ['delivered', 'read', 'noAccount'],
    webhookInstall: true,
    polling: false,
  },
  methods: ['getUserDetails'],
  parseSettings,
  create: createViber,
}

function createViber(context: ConnectorContext): Connector<ViberSettings> {
  const { http } = context
  return {
    verify: verifySignature,
    handshake: shakeHands,
    parse: parseUpdate,
    rates: VIBER_RATES,
    async send(chatId, message, line, call) {
      const files = await Promise.all(
        (message.files ?? []).map(async (file) => {
          const size = await sizeOf(http, file.url, call)
          return size === undefined ? file : { ...file, size }
        }),
      )
      const parts = planMessage(message, files)
      if (parts.length === 0) throw nothingToSend()
      return await sendParts(parts, call, (part) => sendPart(context, chatId, part, line, call))
    },
    testConnect: (line, call) => reportConnect(context, line, call),
    install: (line, call) => installWebhook(context, line, call),
    uninstall: (line, call) => uninstallWebhook(context, line, call),
    // Viber's file addresses need no credential; the hub's link only hides them.
    locateFile: async (ref) => ({ url: ref }),
    methods: [getUserDetailsMethod(context)],
  }
}

function nothingToSend(): DeliveryError {
  return new DeliveryError('the message has nothing that Viber could show', {
    disposition: 'reject',
    outcome: 'not-sent',
    channelCode: 'HUB_EMPTY_MESSAGE',
  })
}
