import type { InboundEvent } from '../core/event.ts'
import type { ChatSighting } from '../core/recipient.ts'
import type { NewEvent } from '../core/stored-event.ts'
import type { RenderedPair } from './note-update.ts'

/** Whoever keeps the recipients of lines. */
export interface RecipientWatch {
  /** Is the chat's row in the store for sure? Costs a look into memory. */
  isKnown(lineId: number, chatId: string): boolean
  /** Of events that were committed at this time, in order. Never throws. */
  note(sightings: readonly ChatSighting[], at: number): void
}

interface OfLine {
  readonly lineId: number
  readonly portalId: string
}

/** A chat of one person, as an event shows it; undefined of groups, and of events that nobody has caused. */
export function sightingOf(
  event: InboundEvent,
  { person }: NewEvent,
  { lineId, portalId }: OfLine,
): ChatSighting | undefined {
  if (event.type === 'message.status' || !event.user || !event.chat) return undefined
  const { id: chatId, kind = 'private' } = event.chat
  if (kind !== 'private') return undefined
  const isOutgoing = isFromCompany(event)
  // Of what the company writes some channels name the company, not the person.
  const about = isOutgoing ? undefined : person
  return { lineId, portalId, chatId, ...(about && { person: about }), ...actOf(event, isOutgoing) }
}

/** What was seen in events that were stored: echoes of the hub's own messages are no talk. */
export function sightingsIn(
  pairs: readonly RenderedPair[],
  stored: readonly NewEvent[],
): ChatSighting[] {
  const kept = pairs.some(({ event }) => isFromCompany(event))
    ? new Set(stored.map(({ payload }) => payload))
    : undefined
  return pairs.flatMap(({ event, rendered, sighting }) => {
    const isEcho = kept !== undefined && isFromCompany(event) && !kept.has(rendered.payload)
    return isEcho ? [] : (sighting ?? [])
  })
}

function isFromCompany(event: InboundEvent): boolean {
  return event.type === 'message.new' && event.message.outgoing === true
}

function actOf(
  { type }: InboundEvent,
  isOutgoing: boolean,
): Pick<ChatSighting, 'hasWritten' | 'isTalk' | 'isBlocked'> {
  if (type === 'message.new') return isOutgoing ? { isTalk: true } : { hasWritten: true }
  if (type === 'chat.blocked') return { isBlocked: true }
  return type === 'chat.unblocked' || type === 'chat.started' ? { isBlocked: false } : {}
}
