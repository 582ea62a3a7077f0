import type { ConnectorGuide } from '#core/guide.ts'

/** https://core.telegram.org/bots/features#botfather */
export const guide: ConnectorGuide = {
  needs: [
    {
      en: 'a Telegram account, on a phone or in a browser',
      ru: 'аккаунт Telegram, на телефоне или в браузере',
    },
  ],
  steps: [
    {
      title: { en: 'Make a bot', ru: 'Создайте бота' },
      text: {
        en: 'Open @BotFather, send it `/newbot`, and answer its two questions: the name that people see, and a user name that ends with `bot`. If you have a bot already, send `/mybots`, choose it, and press “API Token”.',
        ru: 'Откройте @BotFather, отправьте ему `/newbot` и ответьте на два вопроса: имя, которое увидят люди, и имя пользователя, которое заканчивается на `bot`. Если бот уже есть, отправьте `/mybots`, выберите его и нажмите «API Token».',
      },
      link: {
        url: 'https://t.me/BotFather',
        label: { en: 'Open @BotFather', ru: 'Открыть @BotFather' },
      },
    },
    {
      title: { en: 'Copy its token', ru: 'Скопируйте токен' },
      text: {
        en: 'BotFather answers with a token, digits and letters with a colon between them. Whoever has it has the bot: give it to nobody else. A bot works with one system at a time; here it is taken from the one that it works with now.',
        ru: 'BotFather пришлёт токен: цифры и буквы с двоеточием посередине. У кого токен, у того и бот, никому больше его не давайте. Бот работает только с одной системой сразу: от той, с которой он связан сейчас, он будет отключён.',
      },
      fields: ['token'],
    },
    {
      title: { en: 'Group chats, if you want them', ru: 'Группы, если они нужны' },
      text: {
        en: 'In groups a bot sees only what is addressed to it. For all messages send @BotFather `/setprivacy`, choose the bot and “Disable”, and add the bot to the group anew.',
        ru: 'В группах бот видит только обращённое к нему. Чтобы видеть все сообщения, отправьте @BotFather `/setprivacy`, выберите бота и «Disable», затем добавьте бота в группу заново.',
      },
    },
  ],
  firstMessage: {
    en: 'Find the bot in Telegram by its user name, press “Start”, and write something.',
    ru: 'Найдите бота в Telegram по имени пользователя, нажмите «Старт» и напишите что-нибудь.',
  },
}
