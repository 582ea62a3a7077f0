import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { z } from 'zod'
import type { EventTypes, Packet, PortalEvent } from '../../../src/client/events.ts'
import { createRouter } from '../../../src/client/router.ts'
import type { Frozen } from '../../../src/core/shapes/basic.ts'
import type { eventShape } from '../../../src/core/shapes/event.ts'
import type { PortalEvent as StoredEvent } from '../../../src/core/stored-event.ts'
import { EVERY_EVENT } from '../../contract/every-event.ts'

/** The schema's side. */
type Shaped = Frozen<z.infer<typeof eventShape>>

/** What the compiler knows of events. It is checked by `npm run types`; the body runs to show that it is true. */
describe("the client's types", () => {
  it('know an event by its type, in a handler and in a comparison', () => {
    const seen: string[] = []
    createRouter()
      .on('message.new', ({ chat, message }, { line, events }) => {
        seen.push(chat.id, message.text ?? '', line, String(events.length))
        // @ts-expect-error a message has no such field
        message.files?.[0]?.address.trim()
      })
      .on(
        'message.status',
        ({ messageIds, error }) => void seen.push(...messageIds, error?.code ?? ''),
      )
      .on('reaction', ({ added }) => void seen.push(...added))
      .on('line.health', ({ health }, packet) => {
        seen.push(health.state, packet.health.since)
        // @ts-expect-error the packet of a line's health holds no events
        packet.events.map(String)
      })
      .on('a.later.type', (event, packet) => void seen.push(event.id, packet.line))
      .otherwise((event) => void seen.push(event.type))

    const textOf = (event: PortalEvent): string | undefined =>
      event.type === 'message.new' || event.type === 'message.updated'
        ? event.message.text
        : undefined
    const countOf = (packet: Packet): number =>
      packet.type === 'events' ? packet.events.length : 0
    const [first] = EVERY_EVENT
    assert.equal(textOf({ id: 'evt_1', ...first } as PortalEvent), '[b]Hello[/b] :wave:')
    assert.equal(countOf({ id: 'pkt_1', type: 'line.health' } as Packet), 0)
    assert.deepEqual(seen, [])
  })

  it('are those of the events that the hub writes', () => {
    // Both ways: neither side has a type, or a field that must be there, which the other lacks.
    const shaped = (event: StoredEvent & { readonly id: string }): Shaped => event
    const read = (event: EventTypes[keyof EventTypes]): StoredEvent => event
    const known = (event: Shaped): EventTypes[keyof EventTypes]['type'] => event.type
    for (const event of EVERY_EVENT) {
      const value = shaped({ id: 'evt_1', ...event })
      assert.equal(read(value as EventTypes['message.new']).type, known(value))
    }
  })
})
