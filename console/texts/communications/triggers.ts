import type { Words } from '../../../src/core/language.ts'

export const triggers = {
  add: { en: 'New trigger', ru: 'Новый триггер' },
  empty: { en: 'No triggers yet', ru: 'Пока нет триггеров' },
  emptyHint: {
    en: 'A trigger runs a script when something happens: a first message, a word, a tag. Start with a welcome.',
    ru: 'Триггер запускает сценарий, когда что-то происходит: первое сообщение, слово, тег. Начните с приветствия.',
  },
  startsOn: { en: 'Starts on', ru: 'Запускается' },
  startsOnHint: { en: 'Any one of these is enough.', ru: 'Достаточно любого из них.' },
  words: { en: 'Words', ru: 'Слова' },
  wordsHint: {
    en: 'The whole text of a message, one a line; upper or lower case is the same.',
    ru: 'Текст сообщения целиком, по одному на строку; регистр не важен.',
  },
  tags: { en: 'Tags that are set', ru: 'Поставленные теги' },
  does: { en: 'What it does', ru: 'Что делает' },
  runsScript: { en: 'Runs a script', ru: 'Запускает сценарий' },
  ownSteps: { en: 'Steps of its own', ru: 'Собственные шаги' },
  cooldown: { en: 'At most once per person in', ru: 'Не чаще раза на человека за' },
  cooldownHint: { en: '0: as often as it happens.', ru: '0: каждый раз.' },
  enabled: { en: 'On', ru: 'Включён' },
  off: { en: 'Off', ru: 'Выключен' },
  turnOn: { en: 'Turn on', ru: 'Включить' },
  turnOff: { en: 'Turn off', ru: 'Выключить' },
  state: { en: 'State', ru: 'Состояние' },
  deleteHint: {
    en: 'It starts nothing any more. What it has started goes on.',
    ru: 'Он больше ничего не запустит. Начатое продолжится.',
  },
} as const

/** What a trigger can start on, in words. */
export const starts: Readonly<Record<string, Words>> = {
  first: { en: 'First message of a person', ru: 'Первое сообщение человека' },
  'message.new': { en: 'Every message', ru: 'Каждое сообщение' },
  'chat.started': { en: 'Chat begun (Start button)', ru: 'Начат чат (кнопка «Старт»)' },
  button: { en: 'Button pressed', ru: 'Нажата кнопка' },
  reaction: { en: 'Reaction', ru: 'Реакция' },
  'dialog.opened': { en: 'Dialog opened', ru: 'Диалог открыт' },
  'dialog.closed': { en: 'Dialog closed', ru: 'Диалог закрыт' },
  'chat.blocked': { en: 'Account blocked', ru: 'Аккаунт заблокирован' },
  'chat.unblocked': { en: 'Account unblocked', ru: 'Аккаунт разблокирован' },
  'message.updated': { en: 'Message edited', ru: 'Сообщение изменено' },
  'message.deleted': { en: 'Message deleted', ru: 'Сообщение удалено' },
  'message.status': { en: 'Status of our message', ru: 'Статус нашего сообщения' },
  'chat.read': { en: 'Chat read', ru: 'Чат прочитан' },
  api: { en: 'Jobs alone', ru: 'Только задания' },
}
