import type { Words } from '../../../src/core/language.ts'

export const broadcasts = {
  add: { en: 'New broadcast', ru: 'Новая рассылка' },
  empty: { en: 'No broadcasts yet', ru: 'Пока нет рассылок' },
  emptyHint: {
    en: 'A broadcast sends a script to everybody whom a filter finds. Write the script first, then say who gets it; nothing goes out until you start it.',
    ru: 'Рассылка отправляет сценарий всем, кого находит фильтр. Сначала напишите сценарий, потом укажите, кому; до запуска ничего не уйдёт.',
  },
  noScripts: {
    en: 'Write a script first: a broadcast sends one.',
    ru: 'Сначала напишите сценарий: рассылка отправляет именно его.',
  },
  whom: { en: 'Who gets it', ru: 'Кому' },
  everybody: { en: 'everybody', ru: 'всем' },
  tags: { en: 'With all these tags', ru: 'Со всеми этими тегами' },
  notTags: { en: 'With none of these tags', ru: 'Без этих тегов' },
  seenAfter: { en: 'Wrote after', ru: 'Писали после' },
  seenBefore: { en: 'Wrote last before', ru: 'Последний раз писали до' },
  language: { en: 'Language', ru: 'Язык' },
  languageHint: { en: 'As the channel tells it: en, ru …', ru: 'Как его сообщает канал: en, ru …' },
  howFast: { en: 'How fast, and when', ru: 'Скорость и время' },
  rate: { en: 'At most per minute', ru: 'Не больше в минуту' },
  rateHint: {
    en: 'Empty: as fast as the channel allows.',
    ru: 'Пусто: так быстро, как разрешает канал.',
  },
  quietFrom: { en: 'Quiet from', ru: 'Не слать с' },
  quietTo: { en: 'Quiet until', ru: 'Не слать до' },
  timeZone: { en: 'Time zone', ru: 'Часовой пояс' },
  optOut: { en: 'Words to opt out', ru: 'Слова для отписки' },
  optOutHint: {
    en: 'Who answers with one of them gets no more broadcasts. Separated by commas.',
    ru: 'Кто ответит одним из них, больше рассылок не получит. Через запятую.',
  },
  preview: { en: 'Whom it would reach', ru: 'Кто её получит' },
  previewHint: {
    en: 'As it is saved, and as things stand now. Nothing is sent.',
    ru: 'По сохранённым настройкам и на этот момент. Ничего не отправляется.',
  },
  look: { en: 'Look', ru: 'Посмотреть' },
  matches: {
    en: { one: '{n} person would get it', other: '{n} people would get it' },
    ru: {
      one: 'Получит {n} человек',
      few: 'Получат {n} человека',
      many: 'Получат {n} человек',
    },
  },
  matchesNobody: {
    en: 'Nobody would get it. Loosen the filter, or wait until somebody fits.',
    ru: 'Никто не получит. Ослабьте фильтр или подождите подходящих людей.',
  },
  some: { en: 'Some of them', ru: 'Некоторые из них' },
  start: { en: 'Start', ru: 'Запустить' },
  startTitle: { en: 'Start "{name}"?', ru: 'Запустить «{name}»?' },
  startHint: {
    en: 'Messages to real people go out. It can be paused and cancelled; what was sent stays sent.',
    ru: 'Сообщения уйдут настоящим людям. Её можно приостановить и отменить, но отправленное не вернуть.',
  },
  when: { en: 'When', ru: 'Когда' },
  whenHint: { en: 'Empty: at once.', ru: 'Пусто: сразу.' },
  started: { en: '"{name}" is on its way.', ru: '«{name}»: запущена.' },
  saveFirst: { en: 'Save your changes first.', ru: 'Сначала сохраните изменения.' },
  runs: { en: 'Runs', ru: 'Запуски' },
  noRuns: { en: 'It was not started yet.', ru: 'Её ещё не запускали.' },
  progress: { en: '{done} of {total}', ru: '{done} из {total}' },
  progressLabel: { en: 'Progress', ru: 'Ход' },
  eta: { en: 'about {length} left', ru: 'осталось примерно {length}' },
  pause: { en: 'Pause', ru: 'Пауза' },
  resume: { en: 'Go on', ru: 'Продолжить' },
  cancel: { en: 'Cancel it', ru: 'Отменить рассылку' },
  cancelTitle: { en: 'Cancel this run of "{name}"?', ru: 'Отменить этот запуск «{name}»?' },
  cancelHint: {
    en: 'Nobody else gets it. What was sent stays sent.',
    ru: 'Больше никто её не получит. Отправленное не вернуть.',
  },
  paused: { en: 'Paused.', ru: 'На паузе.' },
  resumed: { en: 'It goes on.', ru: 'Продолжается.' },
  cancelled: { en: 'Cancelled.', ru: 'Отменена.' },
  began: { en: 'Made', ru: 'Создан' },
  deleteHint: { en: 'Runs that are under way go on.', ru: 'Начатые запуски продолжатся.' },
} as const

export const runStates: Readonly<Record<string, Words>> = {
  scheduled: { en: 'Scheduled', ru: 'Запланирована' },
  running: { en: 'Running', ru: 'Идёт' },
  paused: { en: 'Paused', ru: 'На паузе' },
  done: { en: 'Done', ru: 'Готово' },
  cancelled: { en: 'Cancelled', ru: 'Отменена' },
  failed: { en: 'Failed', ru: 'Не удалась' },
}

/** What became of a run's recipients. */
export const countWords: Readonly<Record<string, Words>> = {
  queued: { en: 'waiting', ru: 'ждут' },
  sent: { en: 'sent', ru: 'отправлено' },
  delivered: { en: 'delivered', ru: 'доставлено' },
  read: { en: 'read', ru: 'прочитано' },
  failed: { en: 'failed', ru: 'с ошибкой' },
  skipped: { en: 'skipped', ru: 'пропущено' },
  blocked: { en: 'have blocked the account', ru: 'заблокировали аккаунт' },
  outsideWindow: { en: 'wrote too long ago', ru: 'писали слишком давно' },
}
