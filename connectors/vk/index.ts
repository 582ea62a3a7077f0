import type { ConnectorDescriptor } from '#core/connector.ts'
import { createVk } from './connector.ts'
import { guide } from './guide.ts'
import { TEXT_LIMIT } from './outbound.ts'
import { fields, parseSettings, type VkSettings } from './settings.ts'
import { secretKeyOf } from './verify.ts'

/** Messages of a VK community: https://dev.vk.com/en/api/community-messages/getting-started. See README.md here. */
export const vk: ConnectorDescriptor<VkSettings> = {
  id: 'vk',
  title: 'VK',
  fields,
  guide,
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
  finds: [
    'token_refused',
    'webhook_overwritten',
    'webhook_missing',
    'webhook_failing',
    'permission_missing',
    'channel_limits',
    'polling_stopped',
  ],
  derivedSecrets: (_values, webhookSecret) => [secretKeyOf({ webhookSecret })],
  links: ({ identity }) => ({
    url: `https://vk.com/club${identity}`,
    chatUrl: `https://vk.me/club${identity}`,
  }),
  parseSettings,
  create: createVk,
}
