import type { Log } from '../core/log.ts'
import type { Job } from './job.ts'
import type { Past } from './past.ts'

/** `expire` ends outgoing messages that have waited too long at `now` and gives how many there were. */
export function createExpireOutboxJob(
  log: Log,
  past: Past,
  expire: (now: number) => Promise<number>,
): Job {
  return {
    name: 'expire-outbox',
    schedule: '*/5 * * * *',
    // Each message is ended under the lock of its line, once.
    isForOneProcess: true,
    async work() {
      const messages = await expire(await past.now())
      if (messages > 0) {
        log.warn({ event: 'outbox.expired', messages }, 'messages could not be sent in time')
      }
      return { messages }
    },
  }
}
