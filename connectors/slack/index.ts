import type { ConnectorDescriptor } from '#core/connector.ts'
import { createSlack } from './connector.ts'
import { guide } from './guide.ts'
import { TEXT_LIMIT } from './outbound.ts'
import { fields, parseSettings, type SlackSettings } from './settings.ts'

/** Slack's Web API and Events API: https://docs.slack.dev. See README.md here for its quirks. */
export const slack: ConnectorDescriptor<SlackSettings> = {
  id: 'slack',
  title: 'Slack',
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
    typing: false,
    markRead: false,
    reactions: true,
    statuses: ['noAccount'],
    webhookInstall: false,
    polling: false,
  },
  methods: [],
  finds: ['token_refused', 'permission_missing', 'channel_limits'],
  parseSettings,
  create: createSlack,
}
