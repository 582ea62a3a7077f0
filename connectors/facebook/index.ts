import type { ConnectorDescriptor } from '#core/connector.ts'
import { describeMessaging } from '#meta/messaging-descriptor.ts'
import type { MetaSettings } from '#meta/settings.ts'
import { guide } from './guide.ts'
import { messengerTraits } from './traits.ts'

/** Facebook Messenger: https://developers.facebook.com/docs/messenger-platform. See README.md here for its quirks. */
export const facebook: ConnectorDescriptor<MetaSettings> = {
  guide,
  ...describeMessaging(
    'facebook',
    messengerTraits,
    {
      key: 'pageId',
      label: 'Page id',
      type: 'text',
      required: true,
      secret: false,
      pattern: '\\d{1,32}',
      help: 'the number of the Facebook page',
      ru: { label: 'ID страницы', help: 'номер страницы Facebook' },
    },
    {
      key: 'pageAccessToken',
      label: 'Page access token',
      type: 'text',
      required: true,
      secret: true,
      help: 'a long-lived token of the page with pages_messaging and pages_manage_metadata',
      ru: {
        label: 'Токен страницы',
        help: 'долгоживущий токен страницы с правами pages_messaging и pages_manage_metadata',
      },
    },
  ),
}
