import type { ConnectorDescriptor } from '#core/connector.ts'
import { createViber } from './connector.ts'
import { guide } from './guide.ts'
import { TEXT_LIMIT } from './outbound.ts'
import { fields, parseSettings, type ViberSettings } from './settings.ts'

/** Viber's REST Bot API: https://developers.viber.com/docs/api/rest-bot-api/. See README.md here for its quirks. */
export const viber: ConnectorDescriptor<ViberSettings> = {
  id: 'viber',
  title: 'Viber',
  fields,
  guide,
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
  finds: ['token_refused', 'webhook_overwritten', 'webhook_missing', 'channel_limits'],
  parseSettings,
  create: createViber,
}
