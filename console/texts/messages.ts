export const messages = {
  title: { en: 'Find a message', ru: 'Найти сообщение' },
  hint: {
    en: 'By any id of it: of the hub, the portal or the channel.',
    ru: 'По любому номеру: хаба, портала или канала.',
  },
  id: { en: 'Id', ru: 'Номер' },
  idHint: {
    en: 'Such as evt_…, out_…, or the number that the messenger gave it.',
    ru: 'Например, evt_…, out_… или номер, который дал мессенджер.',
  },
  find: { en: 'Find', ru: 'Найти' },
  emptyTitle: { en: 'What became of a message?', ru: 'Что стало с сообщением?' },
  emptyHint: {
    en: 'Enter its id, and see every step it took with times and answers. Ids stand in the portal’s log and on a line’s page.',
    ru: 'Введите номер и увидите каждый шаг со временем и ответами. Номера есть в журнале портала и на странице линии.',
  },
  noneTitle: { en: 'No message has this id', ru: 'Сообщения с таким номером нет' },
  noneHint: {
    en: 'It may be older than the journal goes back, or be another’s.',
    ru: 'Возможно, оно старше, чем хранит журнал, или чужое.',
  },
  found: {
    en: { one: '{n} found', other: '{n} found' },
    ru: { one: 'Найдено: {n}', few: 'Найдено: {n}', many: 'Найдено: {n}' },
  },
} as const
