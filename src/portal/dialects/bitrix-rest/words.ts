import type { Language } from '../../../core/language.ts'

/** What people of a portal read: operators in the dialog, administrators on the pages. */
export interface Words {
  readonly forwarded: string
  readonly writtenByCompany: string
  readonly place: string
  readonly contact: string
  readonly reactionAdded: string
  readonly reactionRemoved: string
  readonly button: string
  readonly started: string
  readonly blocked: string
  readonly unblocked: string
  readonly unsupported: string
  readonly empty: string
  readonly notSent: string
  readonly nothingToSend: string
  readonly notEdited: string
  readonly notDeleted: string
  readonly file: string

  readonly installTitle: string
  readonly installed: string
  readonly installFailed: string
  readonly installNext: string
  readonly openInPortal: string
  readonly refused: string
  readonly settingsTitle: string
  readonly chooseConnector: string
  readonly chooseLine: string
  readonly formLate: string
  readonly line: string
  readonly connect: string
  readonly disconnect: string
  readonly connected: string
  readonly disconnected: string
  readonly notSaved: string
  readonly testFailed: string
  readonly portalFailed: string
  readonly activateFailed: string
  readonly keepSecret: string
  readonly required: string
  readonly webhook: string
  readonly stateLabel: string
  readonly states: Readonly<Record<string, string>>
}

const en: Words = {
  forwarded: 'Forwarded message',
  writtenByCompany: 'Written by the company in the messenger itself',
  place: 'Place',
  contact: 'Contact',
  reactionAdded: 'Reaction',
  reactionRemoved: 'Reaction taken back',
  button: 'Button pressed',
  started: 'The chat was opened',
  blocked: 'The person has blocked the account: nothing can be sent to them now',
  unblocked: 'The person has unblocked the account',
  unsupported: 'A message of a kind that cannot be shown here',
  empty: '(empty message)',
  notSent: 'The message was not delivered',
  nothingToSend: 'there is nothing in it that a messenger can be sent',
  notEdited: 'The message was not changed in the messenger',
  notDeleted: 'The message was not deleted in the messenger',
  file: 'File',
  installTitle: 'Openlines Hub: installation',
  installed: 'The application is installed. The portal and the hub are connected.',
  installFailed: 'The application could not be installed',
  installNext:
    'Next: open the Contact Center, choose a channel of the hub, and enter the credentials of your account there.',
  openInPortal: 'This page belongs to an application of Bitrix24. Open it inside of your portal.',
  refused:
    "If you see this inside of the portal: either the page was left open for too long (open it again), or the hub does not know this portal. Ask the hub's operator whether the portal was added with this very address and with the ID of this application; the reason is in the hub's log (rpc.refused).",
  settingsTitle: 'Openlines Hub',
  chooseConnector: 'Which channel is to be connected?',
  chooseLine:
    'The portal did not say which open line this is about. Open the page from the Contact Center again.',
  formLate:
    'This page was open for too long, and nothing was saved. Open it from the Contact Center again.',
  line: 'Open line',
  connect: 'Save and connect',
  disconnect: 'Disconnect',
  connected: 'Connected. Messages of this account come to the open line now.',
  disconnected: 'Disconnected.',
  notSaved: 'Not saved: please look at the fields below.',
  testFailed: 'Saved, but the messenger did not accept it',
  portalFailed: 'Saved, but the hub could not reach the portal',
  activateFailed: 'The messenger is connected, but the portal did not switch the open line on',
  keepSecret: 'stored; leave empty to keep it',
  required: 'required',
  webhook: 'Enter this address as the webhook at the messenger',
  stateLabel: 'State',
  states: {
    saved: 'saved, not connected yet',
    connected: 'connected',
    displaced: 'the account was connected elsewhere',
    failing: 'the messenger refuses the credentials',
    disconnected: 'not connected',
  },
}

const ru: Words = {
  forwarded: 'Пересланное сообщение',
  writtenByCompany: 'Написано сотрудником в самом мессенджере',
  place: 'Место',
  contact: 'Контакт',
  reactionAdded: 'Реакция',
  reactionRemoved: 'Реакция снята',
  button: 'Нажата кнопка',
  started: 'Чат открыт',
  blocked: 'Собеседник заблокировал аккаунт: отправить ему сообщение сейчас нельзя',
  unblocked: 'Собеседник разблокировал аккаунт',
  unsupported: 'Сообщение такого вида здесь показать нельзя',
  empty: '(пустое сообщение)',
  notSent: 'Сообщение не доставлено',
  nothingToSend: 'в нём нет ничего, что можно отправить в мессенджер',
  notEdited: 'Сообщение в мессенджере не изменено',
  notDeleted: 'Сообщение в мессенджере не удалено',
  file: 'Файл',
  installTitle: 'Openlines Hub: установка',
  installed: 'Приложение установлено. Портал и хаб связаны.',
  installFailed: 'Не удалось установить приложение',
  installNext:
    'Дальше: откройте Контакт-центр, выберите канал хаба и введите там данные вашего аккаунта.',
  openInPortal: 'Эта страница принадлежит приложению Битрикс24. Откройте её внутри вашего портала.',
  refused:
    'Если вы видите это внутри портала: либо страница была открыта слишком долго (откройте её ещё раз), либо хаб не знает этот портал. Спросите оператора хаба, добавлен ли портал с этим самым адресом и с ID этого приложения; причина записана в журнале хаба (rpc.refused).',
  settingsTitle: 'Openlines Hub',
  chooseConnector: 'Какой канал подключить?',
  chooseLine:
    'Портал не сообщил, о какой открытой линии речь. Откройте страницу из Контакт-центра ещё раз.',
  formLate:
    'Страница была открыта слишком долго, ничего не сохранено. Откройте её из контакт-центра ещё раз.',
  line: 'Открытая линия',
  connect: 'Сохранить и подключить',
  disconnect: 'Отключить',
  connected: 'Подключено. Сообщения этого аккаунта теперь приходят в открытую линию.',
  disconnected: 'Отключено.',
  notSaved: 'Не сохранено: проверьте поля ниже.',
  testFailed: 'Сохранено, но мессенджер не принял данные',
  portalFailed: 'Сохранено, но хаб не смог обратиться к порталу',
  activateFailed: 'Мессенджер подключён, но портал не включил открытую линию',
  keepSecret: 'сохранено; оставьте пустым, чтобы не менять',
  required: 'обязательно',
  webhook: 'Укажите этот адрес как webhook в мессенджере',
  stateLabel: 'Состояние',
  states: {
    saved: 'сохранено, ещё не подключено',
    connected: 'подключено',
    displaced: 'аккаунт подключён в другом месте',
    failing: 'мессенджер не принимает данные для входа',
    disconnected: 'не подключено',
  },
}

const WORDS: Readonly<Record<Language, Words>> = { en, ru }

export function wordsFor(language: Language): Words {
  return WORDS[language]
}
