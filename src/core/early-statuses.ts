import type { OutboundStatus } from './event.ts'
import { given } from './given.ts'
import { higherStatus, type OutboxState, raiseState } from './statuses.ts'
import { amendStatus, errorOf, type NewEvent, type SendError } from './stored-event.ts'

/**
 * A status of a part whose send has not been answered yet: the answer is late, or was lost. It is kept beside the message
 * until the send is settled, and shows the next try which parts it need not send again.
 */
export interface EarlyStatus {
  /** 1-based. */
  readonly part: number
  /** The channel's id of the part. */
  readonly id: string
  readonly status: OutboundStatus
  /** The `message.status` event, still without `out` and `key`. */
  readonly payload: string
}

/** Of the column's 65 535 bytes: an update must not be refused for ever because of what it would add. */
const MAX_BYTES = 40_000

export function readEarly(json: string | null | undefined): EarlyStatus[] {
  return json ? (JSON.parse(json) as EarlyStatus[]) : []
}

/** Undefined if there is no room for so many. */
export function writeEarly(early: readonly EarlyStatus[]): string | undefined {
  const json = JSON.stringify(early)
  return Buffer.byteLength(json) > MAX_BYTES ? undefined : json
}

/** Of each id only the highest status is kept. */
export function addEarly(early: readonly EarlyStatus[], added: EarlyStatus): EarlyStatus[] {
  const before = early.find(({ id }) => id === added.id)
  if (!before) return [...early, added]
  const isHigher = higherStatus(before.status, added.status) !== before.status
  return isHigher ? early.map((one) => (one === before ? added : one)) : [...early]
}

/**
 * The ids of each part from part `from` (1-based) to the last that has a status: the channel has them all for sure, since a
 * part is sent only when the channel has taken the one before it. Empty lists for those that no status has named yet.
 */
export function partsTaken(early: readonly EarlyStatus[], from: number): string[][] {
  const last = early.reduce((highest, { part }) => Math.max(highest, part), 0)
  const count = Math.max(0, last - from + 1)
  return Array.from({ length: count }, (_, index) =>
    early.filter(({ part }) => part === from + index).map(({ id }) => id),
  )
}

/** What early statuses make of a message once it is settled as sent. */
export interface EarlyOutcome {
  readonly state: OutboxState
  readonly error?: SendError
  /** A `message.status` for each of them that raises the state. */
  readonly events: readonly NewEvent[]
}

export function applyEarly(
  early: readonly EarlyStatus[],
  message: { readonly out: string; readonly key?: string },
): EarlyOutcome {
  let state: OutboxState = 'sent'
  let error: SendError | undefined
  const events: NewEvent[] = []
  for (const { id, status, payload } of early) {
    const next = raiseState(state, status)
    if (!next) continue
    state = next
    const event = { type: 'message.status', payload }
    error = errorOf(event)
    events.push(amendStatus(event, { messageIds: [id], ...message }))
  }
  return { state, ...given({ error }), events }
}
