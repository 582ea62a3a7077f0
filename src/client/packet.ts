/** One normalised event as a portal gets it. Absent means "the channel didn't say". Instants are ISO 8601 UTC. */
export interface PortalEvent {
  /** `evt_…`; the same event may come again under the same id. */
  readonly id: string
  /** `message.new`, `message.status`, `reaction`, … New types may appear. */
  readonly type: string
  readonly at?: string
  readonly user?: { readonly id: string; readonly name?: string } & Fields
  readonly chat?: { readonly id: string; readonly name?: string } & Fields
  readonly message?: { readonly id: string; readonly text?: string } & Fields
  readonly [further: string]: unknown
}

/** The signed envelope of everything the hub posts. */
export interface Packet {
  /** `pkt_…` */
  readonly id: string
  /** `events`, `connection.test`, `connector.deactivated`, `line.health`. */
  readonly type: string
  readonly portal?: string
  readonly connector?: string
  readonly line?: string
  readonly events?: readonly PortalEvent[]
  readonly challenge?: string
  /** Of `line.health`: how the line is from now on. */
  readonly health?: LineHealth
  readonly [further: string]: unknown
}

/** How a line is, as packets and status objects say it. Instants are ISO 8601 UTC. */
export interface LineHealth {
  readonly state: 'ok' | 'degraded' | 'broken' | 'unknown'
  /** What is wrong: `token_refused`, `webhook_overwritten`, … New codes may appear. */
  readonly code?: string
  /** For an administrator, in the portal's language. */
  readonly message?: string
  readonly action?: 'credentials' | 'reconnect' | 'permissions' | 'channel' | 'portal' | 'none'
  readonly since: string
  readonly checkedAt?: string
}

type Fields = { readonly [further: string]: unknown }

/** A body as a packet. Throws SyntaxError or TypeError when it is none. */
export function parsePacket(body: Buffer): Packet {
  const value: unknown = JSON.parse(body.toString('utf8'))
  if (!hasIdAndType(value)) throw new TypeError('the packet has no id or type')
  const { events } = value as { events?: unknown }
  if (value.type === 'events' && !(Array.isArray(events) && events.every(hasIdAndType))) {
    throw new TypeError('the packet has no list of events')
  }
  return value as Packet
}

function hasIdAndType(value: unknown): value is { id: string; type: string } {
  if (typeof value !== 'object' || value === null) return false
  return (
    'id' in value &&
    typeof value.id === 'string' &&
    'type' in value &&
    typeof value.type === 'string'
  )
}
