import { signedHeaders } from '../../../client/signature.ts'
import { eventId, timedId } from '../../../core/ids.ts'
import { CONTROL_TYPE } from '../../../core/inbox.ts'
import type { PacketAddress, PacketContent } from '../../../core/packet.ts'
import type { Portal } from '../../../core/portal.ts'

export interface SignedPacket {
  readonly id: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A packet of events, or of the one control entry, signed and ready to be posted (PROTOCOL §5). */
export function buildPacket(content: PacketContent, now: number): SignedPacket {
  const id = timedId('pkt_', now)
  const { address, portal, attempt, events } = content
  const [first] = events
  const isControl = first?.type === CONTROL_TYPE
  const envelope = writeEnvelope(
    id,
    isControl ? CONTROL_TYPE : 'events',
    portal,
    address,
    attempt,
    now,
  )
  // Events have been JSON since they were committed: they are put in as they are, not parsed and written again.
  const rest = isControl
    ? first.payload.slice(1)
    : `"events":[${events.map(({ seq, payload }) => `{"id":"${eventId(address.lineId, seq)}",${payload.slice(1)}`).join(',')}]}`
  return seal(id, `${envelope}${rest}`, portal, now)
}

export function buildTest(
  portal: Portal,
  address: PacketAddress,
  challenge: string,
  now: number,
): SignedPacket {
  const id = timedId('pkt_', now)
  const envelope = writeEnvelope(id, 'connection.test', portal, address, 1, now)
  return seal(id, `${envelope}"challenge":${JSON.stringify(challenge)}}`, portal, now)
}

/** The envelope's fields, open at the end. */
function writeEnvelope(
  id: string,
  type: string,
  portal: Portal,
  address: PacketAddress,
  attempt: number,
  now: number,
): string {
  const fields = {
    id,
    type,
    portal: portal.id,
    connector: address.connector,
    line: address.externalLine,
    attempt,
    sentAt: new Date(now).toISOString(),
  }
  return `${JSON.stringify(fields).slice(0, -1)},`
}

function seal(id: string, body: string, portal: Portal, now: number): SignedPacket {
  const timestamp = Math.floor(now / 1000)
  return {
    id,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'openlines-hub',
      ...signedHeaders({ id, timestamp, body, secrets: portal.secrets }),
    },
  }
}
