import type { UnreadablePart } from '#core/connector.ts'
import type { InboundEvent } from '#core/event.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import { whole } from '#kit/loose.ts'
import type { Parsed } from '#kit/parsed.ts'
import { toChat, toPerson } from './people.ts'
import { chatSchema, topicSchema, userSchema } from './types.ts'

export interface UpdateContext {
  /** Ids of the connected bot: what it wrote itself is left out. */
  readonly botIds: readonly string[]
  readonly receivedAt: number
}

/** What Telegram calls it; `:which` where that alone hides what has happened. */
export function unsupported(kind: string, value: unknown, context: UpdateContext): InboundEvent {
  const fields = isRecord(value) ? value : {}
  const message = isRecord(fields['message']) ? fields['message'] : {}
  const user = userSchema.safeParse(fields['from'] ?? fields['user'])
  const chat = chatSchema.safeParse(fields['chat'] ?? message['chat'])
  const topic = topicSchema.safeParse(isRecord(fields['message']) ? message : fields).data
  const id = whole.safeParse(fields['message_id'] ?? message['message_id'])
  return {
    type: 'unsupported',
    at: toInstant(fields['date'], context),
    ...(user.success ? { user: toPerson(user.data) } : {}),
    ...(chat.success ? { chat: toChat(chat.data, topic) } : {}),
    kind: kind.slice(0, 64),
    ...(id.success ? { message: { id: String(id.data) } } : {}),
  }
}

/** An update of a known kind without what it can't do without: it is named, and the log says what was wrong with it. */
export function unread(
  kind: string,
  value: unknown,
  fault: UnreadablePart,
  context: UpdateContext,
): Parsed {
  return { events: [unsupported(kind, value, context)], unreadable: [fault] }
}

/** The time of arrival where Telegram tells none (0 for messages it can't show). */
export function toInstant(date: unknown, { receivedAt }: UpdateContext): number {
  return readInstant(date) ?? receivedAt
}
