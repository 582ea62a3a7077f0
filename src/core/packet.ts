import type { StoredEvent } from './inbox.ts'
import type { Portal } from './portal.ts'

/** Which line a packet is about, in the portal's own words. */
export interface PacketAddress {
  readonly lineId: number
  readonly connector: string
  readonly externalLine: string
}

export interface PacketContent {
  readonly address: PacketAddress
  readonly portal: Portal
  /** 1-based. */
  readonly attempt: number
  /** Events of one line in order, or a single control entry (core/inbox.ts). */
  readonly events: readonly StoredEvent[]
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
      readonly accepted: readonly number[]
      readonly rejected: readonly { readonly seq: number; readonly reason: string }[]
    }
  | { readonly kind: 'ack-later' }
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'failed'
      /** For operators: what went wrong, without secrets. */
      readonly error: string
      readonly status?: number
      readonly retryAfterMs?: number
    }
  | { readonly kind: 'aborted' }
