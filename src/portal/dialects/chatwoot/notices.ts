import { eventId } from '../../../core/ids.ts'
import type { Goodbye, HealthNotice } from '../../../core/packet.ts'
import { Chats } from './chats.ts'
import type { DeliveryDeps } from './delivery.ts'
import { noteNames } from './line-notes.ts'
import { Messages } from './messages.ts'
import { fieldsOf, idOf, listOf, numberOf, textOf } from './shapes.ts'
import type { Texts } from './texts.ts'

export function goodbyeText({ message, reason }: Goodbye, texts: Texts): string {
  return `${texts.stopped} ${message === '' ? reason : message}`
}

/** Undefined: nothing that agents need to know. */
export function healthText({ health }: HealthNotice, texts: Texts): string | undefined {
  const { state, message, code } = fieldsOf(health)
  const words = textOf(message) ?? textOf(code) ?? ''
  if (state === 'broken') return `${texts.broken} ${words}`.trim()
  if (state === 'degraded') return `${texts.degraded} ${words}`.trim()
  return state === 'ok' ? texts.ok : undefined
}

/**
 * A note about the line, for everybody who works in its inbox: in the conversation that was last active there, or in one of
 * the hub's own where there is none. Throws ChatwootError, StoreUnavailableError.
 */
export async function postNote(
  content: string,
  deps: DeliveryDeps & Pick<Goodbye, 'seq' | 'attempt'>,
): Promise<void> {
  const { api, inbox, notes, texts, seq, attempt } = deps
  const query = new URLSearchParams({
    inbox_id: String(inbox.inbox),
    status: 'all',
    assignee_type: 'all',
    sort_by: 'last_activity_at_desc',
  })
  const conversations = listOf(await api.get(`/conversations?${query}`))
  const [latest] = conversations
    .filter((one) => one['inbox_id'] === inbox.inbox)
    .sort((one, other) => activityOf(other) - activityOf(one))
  const conversation = idOf(latest) ?? (await new Chats(api, inbox, notes).own(texts.hubName))
  const messages = new Messages(deps)
  const source = eventId(notes.lineId, seq)
  const known = attempt > 1 ? await messages.find(conversation, source, 0, true) : undefined
  const posted = known ?? (await messages.post(conversation, { content, kind: 'note', source }))
  await notes.write([{ name: noteNames.own(posted), value: '1' }])
}

function activityOf(conversation: Readonly<Record<string, unknown>>): number {
  return numberOf(conversation['last_activity_at']) ?? 0
}
