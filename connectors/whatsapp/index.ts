import type { ConnectorDescriptor } from '#core/connector.ts'
import type { ChannelFinding } from '#core/health.ts'
import { createWhatsApp } from './connector.ts'
import { guide, guideOf } from './guide.ts'
import { TEXT_LIMIT } from './outbound.ts'
import {
  checkSettings,
  fields,
  type Provider,
  parseSettings,
  type WhatsAppSettings,
} from './settings.ts'
import { PROVIDERS } from './virtual.ts'

const FINDS_EVERYWHERE = [
  'token_refused',
  'webhook_overwritten',
  'webhook_missing',
  'channel_limits',
] as const

/** 360dialog's keys have all rights or none. */
const FINDS: Readonly<Record<Provider, readonly ChannelFinding['code'][]>> = {
  cloud: [...FINDS_EVERYWHERE, 'permission_missing'],
  '360dialog': FINDS_EVERYWHERE,
}

/**
 * WhatsApp Business, by Meta's Cloud API or by 360dialog: a line's settings say which. See README.md here for its quirks.
 */
export const whatsapp: ConnectorDescriptor<WhatsAppSettings> = {
  id: 'whatsapp',
  title: 'WhatsApp',
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
    edit: false,
    delete: false,
    typing: true,
    markRead: true,
    reactions: true,
    statuses: ['delivered', 'read', 'noAccount'],
    answerWindowMs: 24 * 3600 * 1000,
    webhookInstall: true,
    polling: false,
    templates: true,
  },
  methods: ['listTemplates', 'sendTemplate'],
  finds: FINDS.cloud,
  parseSettings: (values) => parseSettings(values),
  checkSettings,
  create: createWhatsApp,
}

/** `whatsapp.cloud` and `whatsapp.360dialog`: the same code and identities, with the provider's own fields. */
export const virtualWhatsApp: readonly ConnectorDescriptor<WhatsAppSettings>[] = PROVIDERS.map(
  ({ provider, title, fields: own }) => {
    // What the parent checks is which provider's fields are given; here there is one provider.
    const { checkSettings: _, ...parent } = whatsapp
    return {
      ...parent,
      id: `${whatsapp.id}.${provider}`,
      title,
      parent: whatsapp.id,
      fields: own,
      guide: guideOf(provider),
      finds: FINDS[provider],
      parseSettings: (values) => parseSettings(values, provider),
    }
  },
)
