import type { ConnectorGuide } from '#core/guide.ts'

/** https://developers.viber.com/docs/general/get-started/ */
export const guide: ConnectorGuide = {
  needs: [
    {
      en: 'a Viber bot; since 2024 new ones are made by Viber or one of its partners, for a fee',
      ru: 'бот Viber; с 2024 года новых ботов создают сам Viber и его партнёры, за плату',
    },
    {
      en: 'the phone number that administers it',
      ru: 'номер телефона, с которого им управляют',
    },
  ],
  steps: [
    {
      title: { en: 'Open the bot in the admin panel', ru: 'Откройте бота в панели управления' },
      text: {
        en: 'Sign in with the phone number that administers the bot, choose the bot under “Info”, and press “Edit info”.',
        ru: 'Войдите с номером телефона, который управляет ботом, выберите бота в разделе «Info» и нажмите «Edit info».',
      },
      link: {
        url: 'https://partners.viber.com/',
        label: { en: "Open Viber's admin panel", ru: 'Открыть панель Viber' },
      },
    },
    {
      title: { en: 'Copy its token', ru: 'Скопируйте токен' },
      text: {
        en: 'At the end of the page stands “Your app key”: that is the token. A bot works with one system at a time; here it is taken from the one that it works with now.',
        ru: 'В конце страницы есть «Your app key»: это и есть токен. Бот работает только с одной системой сразу: от той, с которой он связан сейчас, он будет отключён.',
      },
      fields: ['authToken'],
    },
    {
      title: { en: 'Who answers', ru: 'Кто отвечает' },
      text: {
        en: 'Viber shows a name, and a picture if you like, above each answer. The welcome text is shown to people who open the chat before they write.',
        ru: 'Viber показывает над каждым ответом имя и, если хотите, картинку. Приветствие видят те, кто открыл чат, ещё до первого сообщения.',
      },
      fields: ['senderName', 'senderAvatar', 'welcomeText'],
    },
  ],
  firstMessage: {
    en: 'Open the bot in Viber by its link or QR code from the admin panel, and write something.',
    ru: 'Откройте бота в Viber по ссылке или QR-коду из панели управления и напишите что-нибудь.',
  },
}
