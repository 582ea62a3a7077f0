import type { ConnectorGuide } from '#core/guide.ts'
import { APP_STEP, REVIEW_STEP, WEBHOOK_STEP } from '#meta/guide.ts'

/** https://developers.facebook.com/docs/messenger-platform/get-started */
export const guide: ConnectorGuide = {
  needs: [
    {
      en: 'a Facebook page in which you are an administrator',
      ru: 'страница Facebook, в которой вы администратор',
    },
    { en: "an account at Meta's developers", ru: 'аккаунт разработчика Meta' },
  ],
  steps: [
    APP_STEP,
    {
      title: { en: 'The page and its token', ru: 'Страница и её токен' },
      text: {
        en: 'Add the product “Messenger” to the app, open “Messenger” → “API settings”, connect the page and press “Generate token”. The page’s number stands beside its name. The token needs `pages_messaging` and `pages_manage_metadata`, and must be one that doesn’t expire.',
        ru: 'Добавьте в приложение продукт «Messenger», откройте «Messenger» → «API settings», подключите страницу и нажмите «Generate token». Номер страницы указан рядом с её именем. Токену нужны права `pages_messaging` и `pages_manage_metadata`, и он должен быть бессрочным.',
      },
      fields: ['pageId', 'pageAccessToken'],
    },
    WEBHOOK_STEP,
    REVIEW_STEP,
  ],
  firstMessage: {
    en: 'Open the page in Facebook or Messenger, press “Message”, and write something.',
    ru: 'Откройте страницу в Facebook или Messenger, нажмите «Сообщение» и напишите что-нибудь.',
  },
}
