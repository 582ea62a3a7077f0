import type { OutboundStatus } from './event.ts'

/** How far an outgoing message has come, by the channel's answers and statuses. */
export type OutboxState = 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

const RANK: Readonly<Record<OutboxState, number>> = {
  queued: 0,
  sending: 0,
  sent: 1,
  delivered: 2,
  read: 3,
  failed: 4,
}
const STATE_OF: Readonly<Record<OutboundStatus, Exclude<OutboxState, 'queued' | 'sending'>>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  noAccount: 'failed',
}

/**
 * The state that a status brings a message to, or undefined if it changes nothing. States only go up, so that a `delivered`
 * that comes late never hides `read`; and what was delivered can't fail any more.
 */
export function raiseState(from: OutboxState, status: OutboundStatus): OutboxState | undefined {
  const next = STATE_OF[status]
  const isFailureOfDelivered = next === 'failed' && RANK[from] >= RANK.delivered
  return RANK[next] <= RANK[from] || isFailureOfDelivered ? undefined : next
}

/** The higher one of two statuses of the same message. */
export function higherStatus(before: OutboundStatus, status: OutboundStatus): OutboundStatus {
  return raiseState(STATE_OF[before], status) ? status : before
}

/** The channel has not confirmed yet that it took the message. */
export function isNotYetSent(state: OutboxState): boolean {
  return state === 'queued' || state === 'sending'
}

/** A `message.status` event among the events of an update: what the channel says of messages that were sent. */
export interface ChannelStatus {
  /** Which of the update's events it is. */
  readonly index: number
  readonly status: OutboundStatus
  readonly messageIds: readonly string[]
  /** Only messages to such chats can be meant. Absent: the ids are unique within the line. */
  readonly isSameChat?: (chatId: string) => boolean
  /** Instead of ids: everything that was sent to the chat until then. */
  readonly watermark?: { readonly chatId: string; readonly until: number }
  /** Which message of the line the ids are, and which part of it (1-based), should the hub not have these ids yet. */
  readonly reference?: { readonly seq: number; readonly part: number }
}
