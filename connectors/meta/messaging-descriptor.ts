import type { ConnectorDescriptor } from '#core/connector.ts'
import type { SettingField } from '#core/settings.ts'
import { createMessaging } from './messaging-connector.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import { type MetaSettings, metaFields, parseMetaSettings } from './settings.ts'

const DAY_MS = 24 * 3600 * 1000

/** A channel of the Messenger Platform: the two differ in their traits alone. */
export function describeMessaging(
  id: string,
  traits: MessagingTraits,
  account: SettingField,
  accessToken: SettingField,
): ConnectorDescriptor<MetaSettings> {
  return {
    id,
    title: traits.title,
    fields: metaFields(account, accessToken),
    capabilities: {
      textLimit: traits.textLimit,
      textUnit: traits.textUnit,
      files: 'native',
      buttons: 'native',
      replies: true,
      location: 'text',
      contact: 'text',
      edit: false,
      delete: false,
      typing: true,
      markRead: true,
      reactions: true,
      statuses: traits.statuses,
      answerWindowMs: DAY_MS,
      webhookInstall: true,
      polling: false,
    },
    methods: ['getProfile'],
    finds: [
      'token_refused',
      'webhook_overwritten',
      'webhook_missing',
      'permission_missing',
      'channel_limits',
    ],
    links: traits.links,
    parseSettings: (values) => parseMetaSettings(values, traits.keys),
    create: (context) => createMessaging(context, traits),
  }
}
