import type { ConnectorDescriptor } from '#core/connector.ts'
import { createWebChat } from './connector.ts'
import { guide } from './guide.ts'
import { TEXT_LIMIT } from './outbound.ts'
import { checkSettings, fields, parseSettings, type WebChatSettings } from './settings.ts'

/** A chat on a company's own site, with the hub itself as the messenger. The widget is in `webchat/` at the top level. */
export const webchat: ConnectorDescriptor<WebChatSettings> = {
  id: 'webchat',
  title: 'Web chat',
  fields,
  guide,
  capabilities: {
    textLimit: TEXT_LIMIT,
    textUnit: 'utf16',
    files: 'link',
    buttons: 'native',
    replies: true,
    location: 'text',
    contact: 'text',
    edit: true,
    delete: true,
    typing: true,
    markRead: true,
    reactions: false,
    statuses: ['delivered', 'read'],
    webhookInstall: false,
    polling: false,
  },
  methods: [],
  checkSettings,
  parseSettings,
  create: createWebChat,
}
