import type { ConnectorGuide } from '#core/guide.ts'

/** A chat of one's own needs nobody's permission. */
export const guide: ConnectorGuide = {
  needs: [
    {
      en: 'a site, and the right to add a line to its HTML',
      ru: 'сайт и возможность добавить строку в его HTML',
    },
  ],
  steps: [
    {
      title: { en: 'Name it, and say where it stands', ru: 'Назовите чат и укажите сайт' },
      text: {
        en: 'The title is what people read above the chat. Sites are the addresses of your pages up to the first slash, with and without `www.` if both work.',
        ru: 'Заголовок люди увидят над чатом. Сайты — это адреса ваших страниц до первой косой черты, с `www.` и без, если работают оба.',
      },
      fields: ['title', 'origins'],
    },
    {
      title: { en: 'How it looks and what it says', ru: 'Как он выглядит и что говорит' },
      text: {
        en: 'All of this can be changed later; pages show it at their next visit.',
        ru: 'Всё это можно поменять и потом: страницы покажут новое при следующем открытии.',
      },
      fields: ['greeting', 'color', 'language', 'ask', 'position', 'offlineText'],
    },
    {
      title: { en: 'Add one line to your pages', ru: 'Добавьте на страницы одну строку' },
      text: {
        en: 'Copy the line and put it before `</body>` on each page that is to show the chat. Without a site, give people the link: it opens the chat as a page of its own.',
        ru: 'Скопируйте строку и вставьте её перед `</body>` на каждой странице, где нужен чат. Если сайта нет, дайте людям ссылку: она открывает чат отдельной страницей.',
      },
      copies: [
        {
          text: '<script src="{origin}/webchat/{hash}/widget.js" async></script>',
          label: { en: 'Line for your pages', ru: 'Строка для ваших страниц' },
        },
        {
          text: '{origin}/webchat/{hash}',
          label: { en: 'Link to the chat', ru: 'Ссылка на чат' },
        },
      ],
    },
  ],
  firstMessage: {
    en: 'Open your page, press the round button in its corner, and write something.',
    ru: 'Откройте свою страницу, нажмите на круглую кнопку в углу и напишите что-нибудь.',
  },
}
