import { eventId } from '../../../core/ids.ts'
import type { StoredEvent } from '../../../core/inbox.ts'
import type { RenderedStatus } from '../../../core/stored-event.ts'
import { toPortalId } from './chat-id.ts'
import type { ItemContext } from './item-context.ts'
import { toUnix, words } from './message-items.ts'
import { fromMessageKey, type PortalMessage } from './message-key.ts'
import { toChatItem } from './people.ts'
import type { PhpInput } from './php-value.ts'
import { headed } from './portal-text.ts'
import { SKIP, type Step } from './step.ts'
import { TEXTS } from './texts.ts'

const NOT_SENT = 'CONNECTOR_NOT_SEND_MESSAGE_CHAT'
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
  if (status === 'sent') {
    const item = { ...about, message: { id: messageIds, date: toUnix(at) } }
    return { kind: 'post', command: 'receivingStatusDelivery', item, hasFiles: false }
  }
  if (status === 'read') {
    const item = { ...about, message: { id: messageIds } }
    return { kind: 'post', command: 'receivingStatusReading', item, hasFiles: false }
  }
  if (status === 'delivered') return SKIP
  return context.era === '2019'
    ? failedInDialog(event, stored, context)
    : failed(event, message, context)
}

function failed(
  { error }: RenderedStatus,
  { chatId, messageId }: PortalMessage,
  { connector, language }: ItemContext,
): Step {
  const params = error?.code === 'outside_window' ? WINDOW_CODES[connector] : undefined
  const item = {
    code: NOT_SENT,
    chatId,
    messageId,
    messageConnector: error?.message || TEXTS[language].notSent,
    ...(params === undefined ? {} : { params }),
  }
  return { kind: 'post', command: 'receivingError', item, hasFiles: false }
}

/** The old module has no command for it. Where it isn't known whom the chat is with, the portal would begin another one. */
function failedInDialog(
  { chat, at, error }: RenderedStatus,
  { seq }: StoredEvent,
  { address, connector, language, now, people }: ItemContext,
): Step {
  const isPersons = PERSONS_CHAT[connector]?.test(chat.id) === true && chat.kind !== 'group'
  if (!isPersons && !people.knows(address.lineId, chat)) return SKIP
  const texts = TEXTS[language]
  const context = { texts, now, eventId: eventId(address.lineId, seq) }
  const { message, type } = words(headed(texts.notSent, error?.message ?? ''), at, context)
  const user = people.of(address.lineId, chat, undefined)
  const item = { user, message, chat: toChatItem(chat), type_message: type }
  return { kind: 'post', command: 'receivingMessage', item, hasFiles: false }
}
