import type { PacketAddress } from '../../../core/packet.ts'
import type { Portal } from '../../../core/portal.ts'
import type { LineTap, Exchange as NotedExchange } from '../../../core/trace.ts'
import type { Exchange } from './answer.ts'
import type { SignedPacket } from './packet.ts'

/** The line that a packet is about, and the portal that gets it. */
export interface Receiver {
  readonly portal: Portal
  readonly address: PacketAddress
}

interface Posted {
  readonly to: Receiver
  readonly packet: SignedPacket
  readonly exchange: Exchange
  readonly startedAt: number
  readonly endedAt: number
}

/** A packet and its answer, for a line that is traced. */
export function noteExchange(tap: LineTap, posted: Posted): void {
  const { to, packet, exchange, startedAt, endedAt } = posted
  const { url, secrets } = to.portal
  tap.note(() => ({
    exchange: {
      direction: 'out',
      party: 'portal',
      method: 'POST',
      url,
      startedAt,
      ms: endedAt - startedAt,
      request: packet,
      ...endOf(exchange),
    },
    secrets,
  }))
}

function endOf(exchange: Exchange): Pick<NotedExchange, 'status' | 'error' | 'response'> {
  if (exchange === 'aborted') return { error: 'ABORTED', response: { headers: {} } }
  if ('failure' in exchange) return { error: exchange.failure, response: { headers: {} } }
  const { status, headers = {}, body } = exchange
  return { status, response: { headers, body } }
}
