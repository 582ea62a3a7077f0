/** All of them, as the log and the metrics name them. */
export const JOB_NAMES = [
  'expire-outbox',
  'prune',
  'recall-parked',
  'remove-portals',
  'upkeep',
] as const

/** Work that the hub does by the clock. */
export interface Job {
  /** For log and metrics: stands in JOB_NAMES. */
  readonly name: string
  /** As cron writes it: minute, hour, day, month, weekday. */
  readonly schedule: string
  /**
   * True: one process of the hub runs it, the oldest of those with the role `jobs`. Which one that is, is read from the
   * store when the time comes, so two may run it for a moment after that process has died or was taken for dead: running it
   * twice at once must do no harm.
   */
  readonly isForOneProcess: boolean
  /** Does the work and gives what the log should say of it. Ends early, in good order, when `signal` aborts. */
  work(signal: AbortSignal): Promise<object>
}
