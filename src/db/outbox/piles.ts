import type { Store } from '../engine/store.ts'

/**
 * `outbox_message.pile` is computed by the store: a message's lane (0 or 1) while it is queued or being sent, this when it has
 * failed, null when its channel has it. Whoever looks for open or failed messages asks by it, for that is what indexes hold:
 * one of the state would be rewritten by every send that begins and by every status, and lead through all that was sent.
 */
export const FAILED_PILE = 2

/** Queued or being sent. */
export const IS_OPEN = 'pile IN (0, 1)'

/** The table for a query by line and pile. Left to itself MariaDB may read all of a line's messages in order instead. */
export function messagesByPile({ dialect }: Pick<Store, 'dialect'>): string {
  return dialect === 'mysql'
    ? 'outbox_message FORCE INDEX (outbox_message_pile_index)'
    : 'outbox_message'
}
