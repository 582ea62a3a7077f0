import type { ConnectorDescriptor } from '#core/connector.ts'
import { createWebForm } from './connector.ts'
import { guide } from './guide.ts'
import { checkSettings, fields, parseSettings, type WebFormSettings } from './settings.ts'

/** Forms of a company's site: they post straight to the hub. */
export const webform: ConnectorDescriptor<WebFormSettings> = {
  id: 'webform',
  title: 'Web form',
  fields,
  guide,
  capabilities: {
    textLimit: 1,
    textUnit: 'utf16',
    files: 'link',
    buttons: 'list',
    replies: false,
    location: 'text',
    contact: 'text',
    edit: false,
    delete: false,
    typing: false,
    markRead: false,
    reactions: false,
    statuses: [],
    webhookInstall: false,
    polling: false,
    sends: false,
  },
  methods: [],
  checkSettings,
  parseSettings,
  create: createWebForm,
}
