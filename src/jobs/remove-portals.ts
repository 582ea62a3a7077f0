import type { Job } from './job.ts'

/** What is left of removals of portals. */
export interface Removals {
  /** Gives how many portals were removed, and how many are left for the next time. */
  goOn(signal: AbortSignal): Promise<{ readonly removed: number; readonly left: number }>
}

/** Goes on with portals whose channels did not answer when they were removed. Twice at once does no harm. */
export function createRemovePortalsJob(removals: Removals): Job {
  return {
    name: 'remove-portals',
    schedule: '* * * * *',
    isForOneProcess: true,
    work: (signal) => removals.goOn(signal),
  }
}
