import type { ConnectorGuide } from '#core/guide.ts'
import { APP_STEP, REVIEW_STEP, WEBHOOK_STEP } from '#meta/guide.ts'

/** https://developers.facebook.com/docs/messenger-platform/instagram/get-started */
export const guide: ConnectorGuide = {
  needs: [
    {
      en: 'a professional Instagram account, connected to a Facebook page',
      ru: 'профессиональный аккаунт Instagram, связанный со страницей Facebook',
    },
    { en: "an account at Meta's developers", ru: 'аккаунт разработчика Meta' },
  ],
  steps: [
    {
      title: { en: 'Let tools see your messages', ru: 'Разрешите доступ к сообщениям' },
      text: {
        en: 'In the Instagram app open “Settings” → “Messages and story replies” → “Message controls” → “Connected tools”, and allow access to messages.',
        ru: 'В приложении Instagram откройте «Настройки» → «Сообщения и ответы на истории» → «Управление сообщениями» → «Подключённые инструменты» и разрешите доступ к сообщениям.',
      },
    },
    APP_STEP,
    {
      title: { en: 'The account and its token', ru: 'Аккаунт и его токен' },
      text: {
        en: 'Add the product “Messenger” to the app, open “Instagram settings”, connect the page behind the account and press “Generate token”. The token needs `instagram_manage_messages` and `pages_manage_metadata`. The account’s number is the one that Meta shows for the professional account, not the user name.',
        ru: 'Добавьте в приложение продукт «Messenger», откройте настройки Instagram, подключите страницу, к которой привязан аккаунт, и нажмите «Generate token». Токену нужны права `instagram_manage_messages` и `pages_manage_metadata`. Номер аккаунта: тот, что Meta показывает для профессионального аккаунта, а не имя пользователя.',
      },
      fields: ['accountId', 'accessToken'],
    },
    WEBHOOK_STEP,
    REVIEW_STEP,
  ],
  firstMessage: {
    en: 'Write to the account in Instagram Direct, from another account.',
    ru: 'Напишите аккаунту в Instagram Direct с другого аккаунта.',
  },
}
