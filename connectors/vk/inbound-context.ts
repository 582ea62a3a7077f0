import type { UnreadablePart } from '#core/connector.ts'
import type { InboundEvent } from '#core/event.ts'
import { isRecord } from '#core/json.ts'
import { whole } from '#kit/loose.ts'
import type { Parsed } from '#kit/parsed.ts'
import { toMessageId } from './message-id.ts'
import { toChat, toPerson } from './people.ts'

export interface EventContext {
  /** VK's name of the event. */
  readonly type: string
  readonly groupId: number
  readonly receivedAt: number
}

/** Under VK's name; with whom and where it was, as far as it can be read. */
export function unsupported(object: unknown, { type, receivedAt }: EventContext): InboundEvent {
  const outer = isRecord(object) ? object : {}
  const fields = isRecord(outer['message']) ? outer['message'] : outer
  const id = (...names: string[]): number | undefined =>
    names.map((name) => whole.safeParse(fields[name]).data).find((found) => found !== undefined)
  const person = id('user_id', 'from_id')
  const peer = id('peer_id')
  const cmid = id('conversation_message_id')
  return {
    type: 'unsupported',
    at: receivedAt,
    ...(person === undefined ? {} : { user: toPerson(person) }),
    ...(peer === undefined ? {} : { chat: toChat(peer) }),
    kind: type.slice(0, 64),
    ...(peer === undefined || cmid === undefined
      ? {}
      : { message: { id: toMessageId(peer, cmid) } }),
  }
}

/** An event of a known kind without what it can't do without: it is named, and the log says what was wrong with it. */
export function unread(object: unknown, fault: UnreadablePart, context: EventContext): Parsed {
  return { events: [unsupported(object, context)], unreadable: [fault] }
}
