import type { Language } from '../../../core/language.ts'

/** What people read in Chatwoot. Markdown. */
export interface Texts {
  readonly hubName: string
  readonly edited: string
  readonly deleted: string
  readonly reacted: string
  readonly reactionGone: string
  readonly place: string
  readonly contact: string
  readonly forwarded: string
  readonly file: string
  readonly started: string
  readonly blocked: string
  readonly unblocked: string
  readonly unsupported: string
  readonly notSent: string
  readonly noAccount: string
  readonly nobody: string
  readonly nothing: string
  readonly lineIsOff: string
  readonly stopped: string
  readonly broken: string
  readonly degraded: string
  readonly ok: string
  readonly cannotEdit: string
  readonly cannotDelete: string
}

const en: Texts = {
  hubName: 'Openlines Hub',
  edited: '✏️ Edited:',
  deleted: '🗑 The person has deleted a message in the messenger.',
  reacted: 'Reaction:',
  reactionGone: 'Reaction taken back:',
  place: '📍 Place:',
  contact: '👤 Contact:',
  forwarded: '↪️ Forwarded',
  file: '📎 File:',
  started: 'The person has started the chat.',
  blocked: '⛔ The person has blocked the account: messages do not reach them.',
  unblocked: 'The person has unblocked the account: messages reach them again.',
  unsupported: 'A message of a kind that cannot be shown here:',
  notSent: '⚠️ A message was not delivered:',
  noAccount: 'this person has no account in the messenger',
  nobody:
    'Openlines Hub does not know whose chat this conversation is: only people who have written can be answered.',
  nothing: 'There is nothing in this message that the messenger could be sent.',
  lineIsOff: 'The line is not connected at Openlines Hub: nothing is sent.',
  stopped: '⛔ The line has stopped working:',
  broken: '⛔ Messages do not get through on this line:',
  degraded: '⚠️ Somebody should look after this line:',
  ok: '✅ The line is well.',
  cannotEdit: 'The messenger still shows the message as it was: it cannot be edited there.',
  cannotDelete: 'The messenger still shows the message: it cannot be deleted there.',
}

const ru: Texts = {
  hubName: 'Openlines Hub',
  edited: '✏️ Изменено:',
  deleted: '🗑 Собеседник удалил сообщение в мессенджере.',
  reacted: 'Реакция:',
  reactionGone: 'Реакция снята:',
  place: '📍 Место:',
  contact: '👤 Контакт:',
  forwarded: '↪️ Переслано',
  file: '📎 Файл:',
  started: 'Собеседник начал чат.',
  blocked: '⛔ Собеседник заблокировал аккаунт: сообщения до него не доходят.',
  unblocked: 'Собеседник разблокировал аккаунт: сообщения снова доходят.',
  unsupported: 'Сообщение такого вида здесь показать нельзя:',
  notSent: '⚠️ Сообщение не доставлено:',
  noAccount: 'у этого человека нет аккаунта в мессенджере',
  nobody: 'Openlines Hub не знает, чей это диалог: ответить можно только тому, кто уже писал.',
  nothing: 'В этом сообщении нет ничего, что можно отправить в мессенджер.',
  lineIsOff: 'Линия в Openlines Hub не подключена: ничего не отправлено.',
  stopped: '⛔ Линия перестала работать:',
  broken: '⛔ Сообщения на этой линии не проходят:',
  degraded: '⚠️ На линию нужно обратить внимание:',
  ok: '✅ Линия снова работает.',
  cannotEdit: 'В мессенджере осталось прежнее сообщение: изменить его там нельзя.',
  cannotDelete: 'В мессенджере сообщение осталось: удалить его там нельзя.',
}

export const TEXTS: Readonly<Record<Language, Texts>> = { en, ru }
