import type { ConnectorDescriptor } from '#core/connector.ts'
import { createWhatsApp } from './connector.ts'
import { TEXT_LIMIT } from './outbound.ts'
import {
  checkSettings,
  cloudFields,
  dialogFields,
  fields,
  parseSettings,
  type WhatsAppSettings,
} from './settings.ts'

const PARENT_ID = 'whatsapp'

/** The connector whose settings say which provider it goes by. */
export function describeParent(): ConnectorDescriptor<WhatsAppSettings> {
  return {
    id: PARENT_ID,
    title: 'WhatsApp',
    fields,
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
    },
    methods: ['listTemplates', 'sendTemplate'],
    parseSettings: (values) => parseSettings(values),
    checkSettings,
    create: createWhatsApp,
  }
}

/** One connector per provider: the same code and identities, with the provider's own fields. */
export function describeProviders(): readonly ConnectorDescriptor<WhatsAppSettings>[] {
  const { checkSettings: _, ...parent } = describeParent()
  return [
    {
      ...parent,
      id: `${PARENT_ID}.cloud`,
      title: 'WhatsApp (Meta Cloud API)',
      parent: PARENT_ID,
      fields: cloudFields,
      parseSettings: (values) => parseSettings(values, 'cloud'),
    },
    {
      ...parent,
      id: `${PARENT_ID}.360dialog`,
      title: 'WhatsApp (360dialog)',
      parent: PARENT_ID,
      fields: dialogFields,
      parseSettings: (values) => parseSettings(values, '360dialog'),
    },
  ]
}
