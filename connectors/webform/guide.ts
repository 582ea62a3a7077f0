import type { ConnectorGuide } from '#core/guide.ts'

/** A form of one's own site needs nobody's permission. */
export const guide: ConnectorGuide = {
  needs: [
    {
      en: 'a form on your site, and the right to change its HTML',
      ru: 'форма на вашем сайте и возможность менять её HTML',
    },
  ],
  steps: [
    {
      title: { en: 'What the fields mean', ru: 'Что значат поля' },
      text: {
        en: 'Say which field holds the name, the phone, the mail address and the text. Fields called `name`, `phone`, `email` and `text` are known by themselves; all others become lines of the message.',
        ru: 'Укажите, в каком поле имя, телефон, почта и текст. Поля `name`, `phone`, `email` и `text` понятны и так; остальные станут строками сообщения.',
      },
      fields: ['fieldMap', 'origins'],
    },
    {
      title: { en: 'After sending', ru: 'После отправки' },
      text: {
        en: 'The page that people see afterwards, and a hidden field that only robots fill in.',
        ru: 'Страница, которую человек увидит после отправки, и скрытое поле, которое заполняют только роботы.',
      },
      fields: ['redirectUrl', 'honeypot'],
    },
    {
      title: { en: 'Let the form post here', ru: 'Направьте форму сюда' },
      text: {
        en: 'Replace the beginning of your form, from `<form` to its `>`, with this line.',
        ru: 'Замените этой строкой начало вашей формы, от `<form` до `>`.',
      },
      copies: [
        {
          text: '<form method="post" action="{webhookUrl}">',
          label: { en: 'Beginning of the form', ru: 'Начало формы' },
        },
      ],
    },
  ],
  firstMessage: {
    en: 'Fill in the form on your site and send it.',
    ru: 'Заполните форму на сайте и отправьте её.',
  },
}
