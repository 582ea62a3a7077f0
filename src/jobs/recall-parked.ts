import type { Clock } from '../core/clock.ts'
import type { Store } from '../db/engine/store.ts'
import { unparkStrays } from '../db/lines/parked-lines.ts'
import type { Job } from './job.ts'

/** Lets lines go on that were left parked although their portal is in service. Repeating it does no harm. */
export function createRecallParkedJob(store: Store, clock: Clock): Job {
  return {
    name: 'recall-parked',
    schedule: '* * * * *',
    isForOneProcess: true,
    work: async () => ({ lines: await unparkStrays(store, clock.now()) }),
  }
}
