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
        en: 'Put `<script src="…/webchat/HASH/widget.js" async></script>` before `</body>`. The address begins as the one below, and HASH is what stands behind its `hash=`. Without a site, give people the link `…/webchat/HASH`.',
        ru: 'Вставьте `<script src="…/webchat/HASH/widget.js" async></script>` перед `</body>`. Адрес начинается так же, как этот, а HASH — то, что стоит в нём после `hash=`. Если сайта нет, дайте людям ссылку `…/webchat/HASH`.',
      },
      copies: ['webhookUrl'],
    },
  ],
  firstMessage: {
    en: 'Open your page, press the round button in its corner, and write something.',
    ru: 'Откройте свою страницу, нажмите на круглую кнопку в углу и напишите что-нибудь.',
  },
}
