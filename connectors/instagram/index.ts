import type { ConnectorDescriptor } from '#core/connector.ts'
import { describeMessaging } from '#meta/messaging-descriptor.ts'
import type { MetaSettings } from '#meta/settings.ts'
import { guide } from './guide.ts'
import { instagramTraits } from './traits.ts'

/** Instagram messaging: https://developers.facebook.com/docs/messenger-platform/instagram. See README.md here for its quirks. */
export const instagram: ConnectorDescriptor<MetaSettings> = {
  guide,
  ...describeMessaging(
    'instagram',
    instagramTraits,
    {
      key: 'accountId',
      label: 'Instagram account id',
      type: 'text',
      required: true,
      secret: false,
      pattern: '\\d{1,32}',
      help: 'the number of the professional account, as it stands in webhooks',
      ru: {
        label: 'ID аккаунта Instagram',
        help: 'номер профессионального аккаунта, как в веб-хуках',
      },
    },
    {
      key: 'accessToken',
      label: 'Access token',
      type: 'text',
      required: true,
      secret: true,
      help: 'of the page behind the account (with instagram_manage_messages), or of the Instagram login',
      ru: {
        label: 'Токен доступа',
        help: 'страницы, к которой привязан аккаунт (с правом instagram_manage_messages), или входа через Instagram',
      },
    },
  ),
}
