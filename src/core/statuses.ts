import type { OutboundStatus } from './event.ts'

/** What is known of an outgoing message. */
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
 * Where a status lifts a message to. Undefined when it says nothing new: statuses only climb, so that a late `delivered`
 * never hides `read`, and what was delivered can't fail any more.
 */
export function climb(from: OutboxState, status: OutboundStatus): OutboxState | undefined {
  const next = STATE_OF[status]
  const isFailureOfSeen = next === 'failed' && RANK[from] >= RANK.delivered
  return RANK[next] <= RANK[from] || isFailureOfSeen ? undefined : next
}

/** Not yet at its channel, as far as the hub knows. */
export function isUnsettled(state: OutboxState): boolean {
  return RANK[state] === 0
}
