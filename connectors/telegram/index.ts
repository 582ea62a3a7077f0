import type { ConnectorDescriptor } from '#core/connector.ts'
import { createTelegram } from './connector.ts'
import { guide } from './guide.ts'
import { TEXT_LIMIT } from './outbound.ts'
import { fields, parseSettings, type TelegramSettings } from './settings.ts'

/** Telegram's Bot API: https://core.telegram.org/bots/api. See README.md here for its quirks. */
export const telegram: ConnectorDescriptor<TelegramSettings> = {
  id: 'telegram',
  title: 'Telegram',
  fields,
  guide,
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
    statuses: ['noAccount'],
    webhookInstall: true,
    polling: true,
  },
  methods: ['getChat'],
  finds: [
    'token_refused',
    'webhook_overwritten',
    'webhook_missing',
    'webhook_failing',
    'permission_missing',
    'polling_stopped',
  ],
  // A token is the bot's id, which everybody may know, and the secret itself.
  derivedSecrets: ({ token = '' }) => [token.slice(token.indexOf(':') + 1)],
  links: ({ name }) => {
    if (!name?.startsWith('@')) return {}
    const username = name.slice(1)
    const url = `https://t.me/${username}`
    return { url, chatUrl: url, username }
  },
  parseSettings,
  create: createTelegram,
}
