import type { Language } from '../../../core/language.ts'

/** What the hub itself writes into a dialog, for operators. */
export interface DialogTexts {
  readonly inReplyTo: string
  readonly forwarded: string
  /** A person of the company has written it, in the messenger itself. */
  readonly outgoing: string
  readonly reaction: string
  readonly reactionGone: string
  readonly button: string
  readonly started: string
  readonly blocked: string
  readonly unblocked: string
  readonly unsupported: string
  readonly empty: string
  readonly location: string
  readonly contact: string
  readonly file: string
  readonly fileGone: string
  /** Nobody will get it any more. */
  readonly fileRefused: string
  /** It could not be had just now. */
  readonly fileAway: string
  readonly notSent: string
  readonly notChanged: string
  readonly notDeleted: string
}

export const TEXTS: Readonly<Record<Language, DialogTexts>> = {
  en: {
    inReplyTo: 'In reply to',
    forwarded: 'Forwarded message',
    outgoing: 'Written by your company in the messenger itself',
    reaction: 'Reaction',
    reactionGone: 'Reaction taken back',
    button: 'Button',
    started: 'The person has opened the chat',
    blocked: 'The person has blocked the bot: messages don’t reach them',
    unblocked: 'The person takes messages again',
    unsupported: 'The messenger has sent something that can’t be shown here',
    empty: 'A message without content',
    location: 'Place',
    contact: 'Contact',
    file: 'File',
    fileGone: 'the link has expired',
    fileRefused: 'the messenger does not give it out',
    fileAway: 'it could not be loaded, the link may work later',
    notSent: 'The message was not sent',
    notChanged: 'The message was not changed in the messenger',
    notDeleted: 'The message was not deleted in the messenger',
  },
  ru: {
    inReplyTo: 'В ответ на',
    forwarded: 'Пересланное сообщение',
    outgoing: 'Написано вашей компанией в самом мессенджере',
    reaction: 'Реакция',
    reactionGone: 'Реакция снята',
    button: 'Кнопка',
    started: 'Клиент открыл чат',
    blocked: 'Клиент заблокировал бота: сообщения до него не доходят',
    unblocked: 'Клиент снова принимает сообщения',
    unsupported: 'Мессенджер прислал то, что здесь нельзя показать',
    empty: 'Сообщение без содержимого',
    location: 'Место',
    contact: 'Контакт',
    file: 'Файл',
    fileGone: 'срок действия ссылки истёк',
    fileRefused: 'мессенджер его не отдаёт',
    fileAway: 'загрузить не удалось, ссылка может заработать позже',
    notSent: 'Сообщение не отправлено',
    notChanged: 'Сообщение не изменено в мессенджере',
    notDeleted: 'Сообщение не удалено в мессенджере',
  },
}
