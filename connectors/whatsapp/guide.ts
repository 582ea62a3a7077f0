import type { ConnectorGuide, GuideStep } from '#core/guide.ts'
import type { Words } from '#core/language.ts'
import type { Provider } from './settings.ts'

/** https://developers.facebook.com/docs/whatsapp/cloud-api/get-started and https://docs.360dialog.com */

const FIRST_MESSAGE: Words = {
  en: 'Write to the number in WhatsApp, from another phone.',
  ru: 'Напишите на этот номер в WhatsApp с другого телефона.',
}

const CLOUD: readonly GuideStep[] = [
  {
    title: { en: 'The app at Meta', ru: 'Приложение Meta' },
    text: {
      en: 'Open your app, or make one of the type “Business”, and add the product “WhatsApp”. Its secret stands under “App settings” → “Basic”; Meta asks for your password before it shows it.',
      ru: 'Откройте своё приложение или создайте новое типа «Business» и добавьте продукт «WhatsApp». Секрет находится в «App settings» → «Basic»; прежде чем показать его, Meta спросит пароль.',
    },
    fields: ['appSecret'],
    link: {
      url: 'https://developers.facebook.com/apps/',
      label: { en: "Open Meta's apps", ru: 'Открыть приложения Meta' },
    },
  },
  {
    title: { en: 'The number', ru: 'Номер' },
    text: {
      en: 'Under “WhatsApp” → “API setup” choose your phone number in the list “From”: below it stand “Phone number ID” and “WhatsApp Business Account ID”.',
      ru: 'В «WhatsApp» → «API setup» выберите свой номер в списке «From»: под ним указаны «Phone number ID» и «WhatsApp Business Account ID».',
    },
    fields: ['phoneNumberId', 'wabaId'],
  },
  {
    title: { en: 'A token that lasts', ru: 'Бессрочный токен' },
    text: {
      en: 'The token of “API setup” ends after a day. Make a lasting one in the business settings: “Users” → “System users” → “Add”, give it the app and the WhatsApp account with full control, press “Generate token”, choose “Never” and the rights `whatsapp_business_messaging` and `whatsapp_business_management`.',
      ru: 'Токен из «API setup» действует сутки. Бессрочный создаётся в настройках компании: «Пользователи» → «Системные пользователи» → «Добавить»; дайте ему приложение и аккаунт WhatsApp с полным контролем, нажмите «Generate token», выберите «Never» и права `whatsapp_business_messaging` и `whatsapp_business_management`.',
    },
    fields: ['accessToken'],
    link: {
      url: 'https://business.facebook.com/settings/system-users',
      label: { en: 'Open the system users', ru: 'Открыть системных пользователей' },
    },
  },
  {
    title: { en: 'The address for messages', ru: 'Адрес для сообщений' },
    text: {
      en: 'The hub enters it at Meta by itself when you test the connection. Only if it says that Meta did not let it: enter this address and this token under “WhatsApp” → “Configuration” and subscribe to `messages`.',
      ru: 'Хаб сам введёт его в Meta при проверке подключения. Только если он сообщит, что Meta этого не разрешила, введите этот адрес и этот маркер в «WhatsApp» → «Configuration» и подпишитесь на `messages`.',
    },
    copies: ['webhookUrl', { field: 'verifyToken' }],
  },
]

const DIALOG: readonly GuideStep[] = [
  {
    title: { en: "The number's API key", ru: 'Ключ API номера' },
    text: {
      en: 'Sign in to the 360dialog Hub, open your number and press “Generate API key”. The key is shown once. The hub enters its own address at 360dialog when you test the connection; the number then works with this system alone.',
      ru: 'Войдите в 360dialog Hub, откройте свой номер и нажмите «Generate API key». Ключ показывается один раз. При проверке подключения хаб сам введёт свой адрес в 360dialog; номер будет работать только с этой системой.',
    },
    fields: ['apiKey'],
    link: {
      url: 'https://hub.360dialog.com/',
      label: { en: 'Open the 360dialog Hub', ru: 'Открыть 360dialog Hub' },
    },
  },
]

const NEEDS: Readonly<Record<Provider, Words>> = {
  cloud: {
    en: "an account at Meta's developers, and a phone number that isn't used in the WhatsApp app",
    ru: 'аккаунт разработчика Meta и номер телефона, который не используется в приложении WhatsApp',
  },
  '360dialog': {
    en: 'a WhatsApp number at 360dialog',
    ru: 'номер WhatsApp, подключённый в 360dialog',
  },
}

const STEPS: Readonly<Record<Provider, readonly GuideStep[]>> = {
  cloud: CLOUD,
  '360dialog': DIALOG,
}

/** For the connectors that have one provider. */
export function guideOf(provider: Provider): ConnectorGuide {
  return { needs: [NEEDS[provider]], steps: STEPS[provider], firstMessage: FIRST_MESSAGE }
}

export const guide: ConnectorGuide = {
  needs: [NEEDS.cloud, { en: `or ${NEEDS['360dialog'].en}`, ru: `или ${NEEDS['360dialog'].ru}` }],
  steps: [
    {
      title: { en: 'Choose the provider', ru: 'Выберите провайдера' },
      text: {
        en: 'The Cloud API is Meta’s own and costs nothing beside the conversations. 360dialog is a partner of Meta’s with a hub of its own.',
        ru: 'Cloud API принадлежит самой Meta, и кроме разговоров ничего не стоит. 360dialog: партнёр Meta со своим личным кабинетом.',
      },
      fields: ['provider'],
    },
    ...(['cloud', '360dialog'] as const).flatMap((provider) =>
      STEPS[provider].map((step) => ({
        ...step,
        showIf: { field: 'provider', equals: [provider] },
      })),
    ),
  ],
  firstMessage: FIRST_MESSAGE,
}
