import type { StoredEvent } from '../core/inbox.ts'

/** What the inbox needs of the portal side. The dialect of the portal hides behind it. */
export interface PortalPort {
  /** Delivers one packet: events of a line in order, or a single control entry. Never throws; aborting `signal` gives `aborted`. */
  deliver(packet: OutgoingPacket, signal: AbortSignal): Promise<PacketAnswer>
  /** Does the portal answer a `connection.test` of this line? */
  isAnswering(lineId: number, portalId: string): Promise<boolean>
  /** The portal has answered that it has gone: ends the line's connection. */
  disconnect(lineId: number): Promise<void>
}

export interface OutgoingPacket {
  readonly lineId: number
  readonly portalId: string
  /** 1-based. */
  readonly attempt: number
  readonly events: readonly StoredEvent[]
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
