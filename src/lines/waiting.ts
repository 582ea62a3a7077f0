import { given } from '../core/given.ts'
import { eventId, outId } from '../core/ids.ts'
import type { Store } from '../db/engine/store.ts'
import {
  type QueueState,
  readQueueState,
  readWaitingEvents,
  readWaitingMessages,
} from '../db/journal/waiting.ts'

/** Something that waits in a queue of a line, for operators. Never its text. */
export interface WaitingItem {
  readonly id: string
  readonly type: string
  readonly chat?: string
  readonly createdAt: string
  readonly bytes: number
  /** Of a message to a channel: tries begun so far. */
  readonly attempt?: number
  /** `waiting`, or why it waits: `locked`, `leased`, `confirming`, `off`, `paused`, `sending`, `retry`. */
  readonly state: string
  readonly until?: string
}

export interface LineQueues {
  readonly inbox: readonly WaitingItem[]
  readonly outbox: readonly WaitingItem[]
}

const iso = (at: number): string => new Date(at).toISOString()

/** What waits in both queues of a line, the oldest first, `limit` of each. Throws StoreUnavailableError. */
export async function readQueues(
  store: Store,
  lineId: number,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<LineQueues> {
  const state = await readQueueState(store, lineId)
  const events = await readWaitingEvents(store, lineId, limit)
  const messages = await readWaitingMessages(store, lineId, limit)
  return {
    inbox: events.map(({ seq, type, payload, createdAt, bytes }) => ({
      id: eventId(lineId, seq),
      type,
      ...given({ chat: chatIn(payload) }),
      createdAt: iso(createdAt),
      bytes,
      ...whyIn(state, now),
    })),
    outbox: messages.map((message) => ({
      id: outId(lineId, message.seq),
      type: message.lane === 'bulk' ? `${message.kind} (bulk)` : message.kind,
      chat: message.chatId,
      createdAt: iso(message.createdAt),
      bytes: message.bytes,
      attempt: message.attempt,
      ...whyOut(state, message, now),
    })),
  }
}

/** Why events of the line wait. */
export function whyIn(
  { inbox }: QueueState,
  now: number,
): Pick<WaitingItem, 'state' | 'until' | 'attempt'> {
  const { isHeld, isParked, ackUntil, lockedUntil, attempt } = inbox
  if (isParked) return { state: 'off' }
  if (ackUntil !== undefined) return { state: 'confirming', until: iso(ackUntil) }
  const isLocked = lockedUntil !== undefined && lockedUntil > now
  if (isLocked && !isHeld) return { state: 'locked', until: iso(lockedUntil), attempt }
  return { state: isHeld ? 'leased' : 'waiting', ...(attempt > 0 ? { attempt } : {}) }
}

/** Why a message to the channel waits. */
export function whyOut(
  { outbox }: QueueState,
  { state, attempt, dueAt }: { state: string; attempt: number; dueAt: number },
  now: number,
): Pick<WaitingItem, 'state' | 'until'> {
  if (outbox.pausedAt !== undefined) return { state: 'paused' }
  if (state === 'sending') return { state: 'sending' }
  if (attempt > 0 && dueAt > now) return { state: 'retry', until: iso(dueAt) }
  return { state: outbox.isHeld ? 'leased' : 'waiting' }
}

/** The payload may be cut off: then the chat is looked for in what there is of it. */
function chatIn(payload: string): string | undefined {
  const found = /"chat":\{"id":("(?:[^"\\]|\\.)*")/.exec(payload)
  return found?.[1] === undefined ? undefined : (JSON.parse(found[1]) as string)
}
