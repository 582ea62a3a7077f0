import type { Packet } from './events.ts'

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
