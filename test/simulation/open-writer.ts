import type { Clock } from '../../src/core/clock.ts'
import { SharedPool } from '../../src/core/shared-pool.ts'
import type { Store } from '../../src/db/engine/store.ts'
import type { OutboxSender } from '../../src/outbox/sender.ts'
import { OutboxWriter } from '../../src/outbox/writer.ts'

const MAX_WAITING = 1000

/** The way into the outbox of a process whose sender is woken by it. */
export function openWriter(store: Store, clock: Clock, sender: OutboxSender): OutboxWriter {
  const places = new SharedPool({ name: 'messages-waiting', capacity: MAX_WAITING })
  return new OutboxWriter(store, clock, places, (lineIds) => sender.wake(lineIds))
}
