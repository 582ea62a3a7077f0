import type { GuideStep } from '#core/guide.ts'

/** Steps that the channels of Meta have in common. */

const DASHBOARD = {
  url: 'https://developers.facebook.com/apps/',
  label: { en: "Open Meta's apps", ru: 'Открыть приложения Meta' },
}

export const APP_STEP: GuideStep = {
  title: { en: 'The app at Meta', ru: 'Приложение Meta' },
  text: {
    en: 'Open your app, or make one of the type “Business”. Its number and its secret stand under “App settings” → “Basic”; Meta asks for your password before it shows the secret.',
    ru: 'Откройте своё приложение или создайте новое типа «Business». Его номер и секрет находятся в «App settings» → «Basic»; прежде чем показать секрет, Meta спросит пароль.',
  },
  fields: ['appId', 'appSecret'],
  link: DASHBOARD,
}

export const WEBHOOK_STEP: GuideStep = {
  title: { en: 'The address for messages', ru: 'Адрес для сообщений' },
  text: {
    en: 'The hub enters it at Meta by itself when you test the connection. Only if it says that Meta did not let it: enter this address and this token in the app’s webhook settings.',
    ru: 'Хаб сам введёт его в Meta при проверке подключения. Только если он сообщит, что Meta этого не разрешила, введите этот адрес и этот маркер в настройках веб-хуков приложения.',
  },
  copies: ['webhookUrl', { field: 'verifyToken' }],
}

export const REVIEW_STEP: GuideStep = {
  title: { en: 'Make the app live', ru: 'Переведите приложение в рабочий режим' },
  text: {
    en: 'While the app is in development only its own administrators and testers can write. For everybody else switch it to “Live”, after Meta’s review of its permissions.',
    ru: 'Пока приложение в разработке, писать могут только его администраторы и тестировщики. Для всех остальных переведите его в режим «Live» после проверки прав в Meta.',
  },
  link: DASHBOARD,
}
