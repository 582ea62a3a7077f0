import type { PacketAddress, PacketAnswer, PacketContent, PortalTest } from '../core/packet.ts'
import type { Portal } from '../core/portal.ts'

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
