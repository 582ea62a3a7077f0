import { eventId } from '../../../core/ids.ts'
import type { StoredEvent } from '../../../core/inbox.ts'
import type { RenderedStatus } from '../../../core/stored-event.ts'
import { toPortalId } from './chat-id.ts'
import type { ItemContext } from './item-context.ts'
import { toUnix, words } from './message-items.ts'
import { fromMessageKey } from './message-key.ts'
import { toChatItem } from './people.ts'
import { headed } from './portal-text.ts'
import { SKIP, type Step } from './step.ts'
import { type DialogTexts, TEXTS } from './texts.ts'
import type { PhpInput } from './wire/php-value.ts'

type ReportedMessage = NonNullable<ReturnType<typeof fromMessageKey>>

const NOT_SENT = 'CONNECTOR_NOT_SEND_MESSAGE_CHAT'
const NOT_DELETED = 'CONNECTOR_ERROR_DELETE_MESSAGE'
/** Meta's own codes for an answer outside of its window: the portal has a text for each. */
const WINDOW_CODES: Readonly<Record<string, PhpInput>> = {
  facebook: { errorCode: 10, errorSubCode: 2018278 },
  fbinstagramdirect: { errorCode: 10, errorSubCode: 2534022 },
}
/** Ids of chats that are the person's own: VK's chats of several begin at 2 000 000 000, Telegram's groups are negative. */
const PERSONS_CHAT: Readonly<Record<string, RegExp>> = {
  telegrambot: /^\d+$/,
  viber: /./,
  vkgroup: /^(?:1\d{9}|\d{1,9})$/,
  facebook: /^\d+$/,
  fbinstagramdirect: /^\d+$/,
}

/**
 * What the portal is told of an operator's message. Delivery once, when the message has left the hub, with all ids that it
 * got: the new module keeps to the first report, and the old one to the last, so "delivered", which may name one part of
 * several, must not come as a second one. Of a message that no operator of the portal wrote it has no ids.
 */
export function statusStep(event: RenderedStatus, stored: StoredEvent, context: ItemContext): Step {
  const message = fromMessageKey(event.key)
  if (!message) return SKIP
  const { status, messageIds, chat, at } = event
  const im = { chat_id: message.chatId, message_id: message.messageId }
  const about = { im, chat: { id: toPortalId(chat.id) } }
  const isFailure = status === 'failed' || status === 'noAccount'
  // A change that went well is nothing new: the message keeps its ids.
  if (status === 'delivered' || (message.change !== undefined && !isFailure)) return SKIP
  if (status === 'sent') {
    const item = { ...about, message: { id: messageIds, date: toUnix(at) } }
    return { kind: 'post', command: 'receivingStatusDelivery', item }
  }
  if (status === 'read') {
    const item = { ...about, message: { id: messageIds } }
    return { kind: 'post', command: 'receivingStatusReading', item }
  }
  return context.era === '2019'
    ? failedInDialog(event, stored, message.change, context)
    : failed(event, message, context)
}

/** The portal has a code for a deletion that failed, and none for a change. */
function failed(
  { error }: RenderedStatus,
  { chatId, messageId, change }: ReportedMessage,
  { connector, language }: ItemContext,
): Step {
  const params = error?.code === 'outside_window' ? WINDOW_CODES[connector] : undefined
  const words = change === undefined ? undefined : wordsFor(change, TEXTS[language])
  const messageConnector = [words, error?.message].filter(Boolean).join(': ')
  const item = {
    code: change === 'delete' ? NOT_DELETED : NOT_SENT,
    chatId,
    messageId,
    messageConnector: messageConnector || TEXTS[language].notSent,
    ...(params === undefined ? {} : { params }),
  }
  return { kind: 'post', command: 'receivingError', item }
}

function wordsFor(change: ReportedMessage['change'], texts: DialogTexts): string {
  if (change === 'delete') return texts.notDeleted
  return change === 'update' ? texts.notChanged : texts.notSent
}

/** The old module has no command for it. Where it isn't known whom the chat is with, the portal would begin another one. */
function failedInDialog(
  { chat, at, error }: RenderedStatus,
  { seq }: StoredEvent,
  change: ReportedMessage['change'],
  { address, connector, language, now, people, fileFaults }: ItemContext,
): Step {
  const isPersons = PERSONS_CHAT[connector]?.test(chat.id) === true && chat.kind !== 'group'
  if (!isPersons && !people.knows(address.lineId, chat)) return SKIP
  const texts = TEXTS[language]
  const context = { texts, now, fileFaults, eventId: eventId(address.lineId, seq) }
  const { message, type } = words(
    headed(wordsFor(change, texts), error?.message ?? ''),
    at,
    context,
  )
  const user = people.of(address.lineId, chat, undefined)
  const item = { user, message, chat: toChatItem(chat), type_message: type }
  return { kind: 'post', command: 'receivingMessage', item }
}
