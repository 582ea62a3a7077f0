import type { StoredEvent } from '../core/inbox.ts'
import type { Portal } from '../core/portal.ts'
import type { PacketAnswer } from '../inbox/portal-port.ts'

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

/** A remote method's call, whatever it looked like on the wire. Throws what `MethodTable.call` throws. */
export type CallMethod = (portal: Portal, method: string, params: unknown) => Promise<unknown>

export interface PortalRequest {
  readonly portalId: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Raw bytes. */
  readonly body: Buffer
}

export interface PortalReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * How one make of portal is spoken to: it turns events into requests and reads their answers, authenticates calls and
 * turns them into remote methods. Queue, lockout, methods and connectors know nothing of it.
 */
export interface PortalDialect {
  /** Delivers one packet. Never throws; aborting `signal` gives `aborted`. */
  deliver(packet: PacketContent, signal: AbortSignal): Promise<PacketAnswer>
  /** Asks the portal to show that it is there and knows its secret. Never throws. */
  test(portal: Portal, address: PacketAddress, signal: AbortSignal): Promise<PortalTest>
  /** Answers a call of a portal. Throws StoreUnavailableError. */
  answer(request: PortalRequest): Promise<PortalReply>
}
