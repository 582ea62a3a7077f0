import type { Chat, MessageStatusEvent, OutboundStatus } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import { readReference } from '#core/parts.ts'
import { lookUp } from '#kit/look-up.ts'
import type { Parsed } from '#kit/parsed.ts'
import { readStatusError } from './errors.ts'
import { unsupported } from './inbound-context.ts'
import { chatIdOf, findContact } from './people.ts'
import { readChatTag } from './tag.ts'
import type { Contact, Status } from './types.ts'

const STATUS_OF: Readonly<Record<string, OutboundStatus>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  // A voice message was listened to.
  played: 'read',
  failed: 'failed',
}

/** What became of a message. The hub knows which of its own it is by the id, or by the reference that it sent along. */
export function readStatus(
  status: Status,
  contacts: readonly Contact[],
  receivedAt: number,
): Parsed {
  const at = readInstant(status.timestamp) ?? receivedAt
  const tag = status.biz_opaque_callback_data ?? ''
  const chat = chatOf(status, contacts, readChatTag(tag))
  // A person deleted it on their side, which says nothing of whether it was read.
  if (status.status === 'deleted') return { events: [], ignored: 'status deleted' }
  const known = lookUp(STATUS_OF, status.status)
  if (!known || !chat) {
    const who = { at, ...given({ chat }) }
    return { events: [unsupported(status, `status:${status.status}`, who)] }
  }
  const named = readReference(tag)
  const event: MessageStatusEvent = {
    type: 'message.status',
    at,
    chat,
    status: known,
    messageIds: [status.id],
    ...given({ reference: named }),
    ...(known === 'failed' ? readFailure(status) : {}),
  }
  // With a reference the hub keeps it until the send has ended, and the request need not wait.
  return { events: [event], ...(named ? {} : { afterSendsTo: [chat.id] }) }
}

/**
 * The chat that the person's messages are in. The status of a message that was sent to a phone number and failed comes
 * without the person's id: the hub knows the chat of its outbox's messages, and a tag names that of a template.
 */
function chatOf(
  status: Status,
  contacts: readonly Contact[],
  tagged: string | undefined,
): Chat | undefined {
  const { recipient_id: phone, recipient_user_id: userId } = status
  if (status.recipient_type === 'group') {
    const id = tagged ?? phone
    return id === '' ? undefined : { id, kind: 'group' }
  }
  const contact = findContact(contacts, phone, userId)
  const id = tagged ?? chatIdOf(phone || contact?.wa_id || '', userId || contact?.user_id || '')
  return id === '' ? undefined : { id, kind: 'private' }
}

function readFailure({ errors }: Status): Pick<MessageStatusEvent, 'status' | 'error'> {
  const [first] = errors ?? []
  const words = first?.error_data?.details || first?.message || first?.title || ''
  const { isNoAccount, error } = readStatusError(first?.code ?? undefined, words)
  return { status: isNoAccount ? 'noAccount' : 'failed', error }
}
