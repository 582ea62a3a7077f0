/** One event as it waits in the inbox: its JSON lacks only the `id`, which follows from line and `seq`. */
export interface StoredEvent {
  readonly seq: number
  /** An event type of PROTOCOL §7, or a control packet's: see CONTROL_TYPE. */
  readonly type: string
  /** A JSON object without `id`, ready to be put into a packet. */
  readonly payload: string
  readonly createdAt: number
}

/** Entries of this type aren't events: each is a `connector.deactivated` packet that waits in line like one. */
export const CONTROL_TYPE = 'connector.deactivated'

/**
 * Neither are these: each is a `line.health` packet. One of a line waits at most: a newer one takes the place of an older
 * one that was not delivered yet.
 */
export const HEALTH_TYPE = 'line.health'

/** Goes alone, in a packet of its own. */
export function isNotice(type: string): boolean {
  return type === CONTROL_TYPE || type === HEALTH_TYPE
}

/**
 * Events that the hub makes of its communications, for the portal alone: nobody in the channel has caused them, and they
 * start nothing.
 */
export const OWN_EVENT_TYPES = [
  'script.notify',
  'job.finished',
  'broadcast.progress',
  'broadcast.finished',
  'dialog.interrupted',
  'notification.result',
] as const
const OWN: ReadonlySet<string> = new Set(OWN_EVENT_TYPES)
export type OwnEventType = (typeof OWN_EVENT_TYPES)[number]

export function isOwnEvent(type: string): type is OwnEventType {
  return OWN.has(type)
}

/** A failed attempt, for whoever asks why a line waits. */
export interface LastFailure {
  readonly at: number
  /** 1-based, as the packet said. */
  readonly attempt: number
  readonly error: string
  readonly httpStatus?: number
  /** The beginning of what the portal answered. */
  readonly body?: string
}

/** Why a line waits. `attempt` counts failed attempts of the ladder; 0 means that nothing is wrong. */
export interface LockoutState {
  readonly attempt: number
  readonly lockedUntil?: number
  readonly firstFailedAt?: number
  readonly lastError?: string
  /** Until an attempt has succeeded. */
  readonly lastFailure?: LastFailure
  /** The most events the next packet may hold; 0 is no limit of its own. */
  readonly probeSize: number
  /** Probes of the first event that were refused with a 4xx, in a row. */
  readonly strikes: number
}

export const UNLOCKED: LockoutState = { attempt: 0, probeSize: 0, strikes: 0 }

/** A line this process holds. */
export interface LeasedLine {
  readonly lineId: number
  readonly portalId: string
  /** The lease's number: it rises with every claim of the line, whoever makes it. */
  readonly lease: number
  /** The number of the last event in the store when the lease was taken. */
  readonly tail: number
  readonly purgeUntil: number
  readonly replays: number
  readonly lockout: LockoutState
  /** Set when a portal said that it would acknowledge these events later. */
  readonly awaiting?: { readonly until: number; readonly seqs: readonly number[] }
}
