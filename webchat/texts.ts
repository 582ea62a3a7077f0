/** Everything that the widget says by itself. */
const TEXTS = {
  en: {
    open: 'Open the chat',
    close: 'Close the chat',
    write: 'Write a message…',
    label: 'Your message',
    send: 'Send',
    attach: 'Attach a file',
    name: 'Your name',
    contact: 'Phone or e-mail',
    start: 'Start the chat',
    hello: 'How can we help?',
    typing: 'is typing…',
    waits: 'Waiting for a connection',
    failed: 'Not sent',
    read: 'Read',
    edited: 'edited',
    offline: 'No connection. Your messages will be sent as soon as it is back.',
    you: 'You',
    unread: 'new messages',
    tooLarge: 'This file is larger than 10 MB.',
    badFile: 'Only pictures and documents can be sent.',
    manyFiles: 'No more files can be sent today.',
    noFile: 'The file could not be sent.',
    uploading: 'Sending the file…',
  },
  ru: {
    open: 'Открыть чат',
    close: 'Закрыть чат',
    write: 'Напишите сообщение…',
    label: 'Ваше сообщение',
    send: 'Отправить',
    attach: 'Приложить файл',
    name: 'Ваше имя',
    contact: 'Телефон или почта',
    start: 'Начать разговор',
    hello: 'Чем помочь?',
    typing: 'печатает…',
    waits: 'Ждёт связи',
    failed: 'Не отправлено',
    read: 'Прочитано',
    edited: 'изменено',
    offline: 'Нет связи. Сообщения уйдут, как только она появится.',
    you: 'Вы',
    unread: 'новых сообщений',
    tooLarge: 'Файл больше 10 МБ.',
    badFile: 'Можно отправить только картинки и документы.',
    manyFiles: 'Сегодня больше файлов отправить нельзя.',
    noFile: 'Не удалось отправить файл.',
    uploading: 'Файл отправляется…',
  },
} as const

export type Texts = Readonly<Record<keyof (typeof TEXTS)['en'], string>>
export type Language = keyof typeof TEXTS

export function languageOf(wanted: 'ru' | 'en' | 'auto'): Language {
  if (wanted !== 'auto') return wanted
  return /^(?:ru|be|uk|kk)\b/i.test(navigator.language) ? 'ru' : 'en'
}

export function textsOf(language: Language): Texts {
  return TEXTS[language]
}
