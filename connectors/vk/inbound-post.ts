import type { Chat, InboundEvent, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import { readPart } from '#kit/loose.ts'
import { digest, type Parsed } from '#kit/parsed.ts'
import { isStart, readPayload } from './inbound-buttons.ts'
import { type EventContext, unread } from './inbound-context.ts'
import { readMessage } from './inbound-message.ts'
import { toMessageId } from './message-id.ts'
import { toChat, toPerson } from './people.ts'
import { messageSchema, type VkMessage } from './types.ts'

type Base = { readonly at: number; readonly user: Person; readonly chat: Chat }

/** A message, or an edited one, of a person or of the community. */
export function readPost(
  object: unknown,
  type: 'message.new' | 'message.updated',
  context: EventContext,
): Parsed {
  // Before 5.103, and in some kinds still, the object is the message itself.
  const raw = isRecord(object) && isRecord(object['message']) ? object['message'] : object
  const { data: message, fault } = readPart(messageSchema, raw, 'object.message')
  if (fault) return unread(object, fault, context)
  // Other communities write in conversations too, and have negative ids like this one.
  const outgoing = message.out === 1 || message.from_id === -context.groupId
  // Without the person who wrote it, it was sent through the API: by this hub, or by another program.
  if (outgoing && !message.admin_author_id) {
    const about = { chat: toChat(message.peer_id).id, messageId: messageIdOf(message, raw) }
    return { events: [], ignored: 'sent through the API', about }
  }
  const at = readInstant(message[type === 'message.updated' ? 'update_time' : 'date'])
  const author = outgoing ? (message.admin_author_id ?? message.from_id) : message.from_id
  const base = {
    at: at ?? context.receivedAt,
    user: toPerson(author),
    chat: toChat(message.peer_id),
  }
  const opening = type === 'message.new' && !outgoing ? readOpening(message, base) : []
  const withoutText = opening.some((event) => event.type === 'button') || isStart(message.payload)
  const content = readMessage(message, raw, { outgoing, withoutText: withoutText && !outgoing })
  const id = messageIdOf(message, raw)
  return {
    events: [
      ...opening,
      ...(content.message ? [{ type, ...base, message: { id, ...content.message } }] : []),
      ...content.unsupported.map((kind): InboundEvent => {
        return { type: 'unsupported', ...base, kind, message: { id } }
      }),
    ],
  }
}

/** A conversation that begins (by VK's own button, or by a link with `ref`), or a pressed button. */
function readOpening({ ref, payload, text }: VkMessage, base: Base): InboundEvent[] {
  const events: InboundEvent[] = []
  const pressed = isStart(payload) ? '' : readPayload(payload)
  if (ref || isStart(payload)) events.push({ type: 'chat.started', ...base, ...given({ ref }) })
  if (pressed !== '') events.push({ type: 'button', ...base, payload: pressed, ...given({ text }) })
  return events
}

/** VK's own number is 0 for communities. Without either the message is known by all that it holds. */
function messageIdOf(
  { peer_id: peer, conversation_message_id: cmid, id }: VkMessage,
  raw: unknown,
): string {
  if (cmid) return toMessageId(peer, cmid)
  return id ? String(id) : digest(raw)
}
