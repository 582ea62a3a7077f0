import type { StoredEvent } from './inbox.ts'
import type { Portal } from './portal.ts'

/** Which line a packet is about, in the portal's own words. */
export interface PacketAddress {
  readonly lineId: number
  readonly connector: string
  readonly externalLine: string
}

/** What the inbox hands over: events of one line in order, or a single control entry (core/inbox.ts). */
export interface OutgoingPacket {
  readonly lineId: number
  readonly portalId: string
  /** The number of the lease under which it is sent: one process may hold a line several times, one time after another. */
  readonly lease: number
  /** 1-based. */
  readonly attempt: number
  readonly events: readonly StoredEvent[]
}

/** Events of one line on their way to its portal. */
export interface DeliveryPacket {
  /** `pkt_…`: names this attempt in the log, and in the packet where a dialect has a place for it. */
  readonly id: string
  readonly address: PacketAddress
  readonly portal: Portal
  /** 1-based. */
  readonly attempt: number
  /** In order, at least one; no control entries (core/inbox.ts) among them. */
  readonly events: readonly StoredEvent[]
  /** For the portal to go on with the trace, where there is one (W3C Trace Context). */
  readonly traceparent?: string
}

/** Why a line has stopped working, for its portal (PROTOCOL §5, `connector.deactivated`). */
export interface Goodbye {
  /** `pkt_…`: names this attempt in the log, and in the packet where a dialect has a place for it. */
  readonly id: string
  readonly address: PacketAddress
  readonly portal: Portal
  /** 1-based. */
  readonly attempt: number
  /** The number of the control entry that waits in the inbox for this. */
  readonly seq: number
  readonly reason: string
  /** For a person. */
  readonly message: string
  /**
   * The line works again by now: the entry has waited behind others, or for the portal. A portal that shows the line's state
   * would show one that is past, and maybe for ever.
   */
  readonly isOver?: true
}

/** How a line is now, for its portal (`line.health`). */
export interface HealthNotice extends Omit<Goodbye, 'reason' | 'message'> {
  /** The status object's `health`. */
  readonly health: object
}

export type PortalTest =
  | { readonly ok: true; readonly latencyMs: number }
  | { readonly ok: false; readonly latencyMs?: number; readonly error: PortalTestError }

export interface PortalTestError {
  readonly code: 'HUB_PORTAL_UNREACHABLE'
  readonly message: string
}

export type PacketAnswer =
  /** Every event was taken, but for those listed. */
  | {
      readonly kind: 'answered'
      /** HTTP, where the dialect speaks it. */
      readonly status?: number
      readonly accepted: readonly number[]
      readonly rejected: readonly { readonly seq: number; readonly reason: string }[]
    }
  | { readonly kind: 'ack-later'; readonly status?: number }
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'failed'
      /** For operators: what went wrong, without secrets. */
      readonly error: string
      readonly status?: number
      readonly retryAfterMs?: number
      /** What the portal answered, or its beginning; 500 characters of it are kept for whoever asks. */
      readonly body?: string
    }
  | { readonly kind: 'aborted' }
