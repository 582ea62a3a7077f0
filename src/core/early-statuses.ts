import type { OutboundStatus } from './event.ts'
import { given } from './given.ts'
import type { OutboxState } from './statuses.ts'
import { climb } from './statuses.ts'
import type { NewEvent } from './stored-event.ts'

/**
 * What a channel has told of a part while the hub doesn't know yet that the part was taken: the answer to the send is late,
 * or was lost. It waits beside the message, and tells the next try what it need not send again.
 */
export interface EarlyStatus {
  /** 1-based. */
  readonly part: number
  /** The channel's id of the part. */
  readonly id: string
  readonly status: OutboundStatus
  /** The event as the portal will read it, but for `out` and `key`. */
  readonly payload: string
}

/** Of the column's 65 535 bytes: an update must not be refused for ever because of what it would add. */
const MAX_BYTES = 40_000

export function readEarly(json: string | null | undefined): EarlyStatus[] {
  return json ? (JSON.parse(json) as EarlyStatus[]) : []
}

/** Undefined if it wouldn't fit. */
export function writeEarly(early: readonly EarlyStatus[]): string | undefined {
  const json = JSON.stringify(early)
  return Buffer.byteLength(json) > MAX_BYTES ? undefined : json
}

/** Of one id the highest status is kept. */
export function addEarly(early: readonly EarlyStatus[], added: EarlyStatus): EarlyStatus[] {
  const known = early.find(({ id }) => id === added.id)
  if (!known) return [...early, added]
  const isNews = climb(known.status === 'noAccount' ? 'failed' : known.status, added.status)
  return isNews ? early.map((one) => (one === known ? added : one)) : [...early]
}

/** Ids of the parts from `from` on (1-based) that the channel is known to have, without a gap. */
export function partsTaken(early: readonly EarlyStatus[], from: number): string[][] {
  const taken: string[][] = []
  for (let part = from; ; part++) {
    const ids = early.filter((one) => one.part === part).map(({ id }) => id)
    if (ids.length === 0) return taken
    taken.push(ids)
  }
}

export interface Replay {
  readonly state: OutboxState
  readonly error?: ToldError
  readonly news: readonly NewEvent[]
}

/** A message that is just settled as sent: where the statuses that came before lift it, and what is to be told of them. */
export function replayEarly(
  early: readonly EarlyStatus[],
  fields: { readonly out: string; readonly key?: string },
): Replay {
  let state: OutboxState = 'sent'
  let error: ToldError | undefined
  const news: NewEvent[] = []
  for (const { id, status, payload } of early) {
    const next = climb(state, status)
    if (!next) continue
    state = next
    error = errorOf(payload)
    const body = { ...(JSON.parse(payload) as object), messageIds: [id], ...fields }
    news.push({ type: 'message.status', payload: JSON.stringify(body) })
  }
  return { state, ...given({ error }), news }
}

export interface ToldError {
  readonly code: string
  readonly message: string
}

/** Why a message failed, as a `message.status` event tells it. */
export function errorOf(payload: string): ToldError | undefined {
  return (JSON.parse(payload) as { error?: ToldError }).error
}
