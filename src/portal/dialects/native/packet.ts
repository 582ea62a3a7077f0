import { signedHeaders } from '../../../client/signature.ts'
import { eventId, timedId } from '../../../core/ids.ts'
import { CONTROL_TYPE, HEALTH_TYPE } from '../../../core/inbox.ts'
import type { DeliveryPacket, Goodbye, HealthNotice, PacketAddress } from '../../../core/packet.ts'
import type { Portal } from '../../../core/portal.ts'

export interface SignedPacket {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A packet of events, signed and ready to be posted (PROTOCOL §5). */
export function buildPacket(packet: DeliveryPacket, now: number): SignedPacket {
  const { id, address, portal, attempt, events } = packet
  // Events have been JSON since they were committed: they are put in as they are, not parsed and written again.
  const list = events.map(
    ({ seq, payload }) => `{"id":"${eventId(address.lineId, seq)}",${payload.slice(1)}`,
  )
  const envelope = { id, type: 'events', portal, address, attempt }
  const signed = seal(envelope, `"events":[${list.join(',')}]}`, now)
  const { traceparent } = packet
  return traceparent === undefined
    ? signed
    : { ...signed, headers: { ...signed.headers, traceparent } }
}

export function buildGoodbye(goodbye: Goodbye, now: number): SignedPacket {
  const { id, address, portal, attempt, reason, message } = goodbye
  const rest = JSON.stringify({ reason, message }).slice(1)
  return seal({ id, type: CONTROL_TYPE, portal, address, attempt }, rest, now)
}

export function buildHealth(notice: HealthNotice, now: number): SignedPacket {
  const { id, address, portal, attempt, health } = notice
  const rest = JSON.stringify({ health }).slice(1)
  return seal({ id, type: HEALTH_TYPE, portal, address, attempt }, rest, now)
}

export function buildTest(
  portal: Portal,
  address: PacketAddress,
  challenge: string,
  now: number,
): SignedPacket {
  const rest = `"challenge":${JSON.stringify(challenge)}}`
  const id = timedId('pkt_', now)
  return seal({ id, type: 'connection.test', portal, address, attempt: 1 }, rest, now)
}

interface Envelope {
  readonly id: string
  readonly type: string
  readonly portal: Portal
  readonly address: PacketAddress
  readonly attempt: number
}

/** `rest` is the body behind the envelope's fields, up to the closing brace. */
function seal(
  { id, type, portal, address, attempt }: Envelope,
  rest: string,
  now: number,
): SignedPacket {
  const fields = {
    id,
    type,
    portal: portal.id,
    connector: address.connector,
    line: address.externalLine,
    attempt,
    sentAt: new Date(now).toISOString(),
  }
  const body = `${JSON.stringify(fields).slice(0, -1)},${rest}`
  const timestamp = Math.floor(now / 1000)
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'openlines-hub',
      ...signedHeaders({ id, timestamp, body, secrets: portal.secrets }),
    },
  }
}
