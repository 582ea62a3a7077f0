import { schedule } from 'node-cron'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import { deleteVoidEvents, pruneOutbox, pruneTable } from '../db/hub/pruning.ts'

export interface PruneOptions {
  readonly dedupeMs: number
  readonly deadLetterMs: number
}

/** Signed calls older than this are refused by their timestamp: their ids need not be remembered (2 × 300 s, and some). */
const REQUEST_MEMORY_MS = 15 * 60_000
/** How long a channel's message ids are kept, so that edits and replies find their message. */
const OUTBOX_MEMORY_MS = 30 * 24 * 3600 * 1000

/** Deletes what has had its time. Gives how many rows of each kind. */
export async function prune(
  store: Store,
  now: number,
  options: PruneOptions,
): Promise<Record<string, number>> {
  return {
    seenUpdates: await pruneTable(store, 'seen_update', now - options.dedupeMs),
    requests: await pruneTable(store, 'request_seen', now - REQUEST_MEMORY_MS),
    deadLetters: await pruneTable(store, 'dead_letter', now - options.deadLetterMs),
    outbox: await pruneOutbox(store, now - OUTBOX_MEMORY_MS),
    receipts: await pruneTable(store, 'outbox_receipt', now - OUTBOX_MEMORY_MS),
    voidEvents: await deleteVoidEvents(store),
  }
}

export interface PruneDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Ends outgoing messages that have waited too long; gives how many. */
  expireOutbox(): Promise<number>
}

/** Prunes every five minutes; `stop` waits for a run that is under way. */
export function schedulePruning(
  { store, clock, log, expireOutbox }: PruneDeps,
  options: PruneOptions,
): { stop(): Promise<void> } {
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    try {
      const expired = await expireOutbox()
      if (expired > 0) {
        log.warn(
          { event: 'outbox.expired', messages: expired },
          'messages could not be sent in time',
        )
      }
      const pruned = await prune(store, clock.now(), options)
      log.debug({ event: 'prune.done', ...pruned }, 'old rows were deleted')
    } catch (error) {
      log.warn({ event: 'prune.failed', err: error }, 'old rows stay until the next run')
    }
  }
  const task = schedule('*/5 * * * *', () => {
    running ??= run().finally(() => {
      running = undefined
    })
  })
  return {
    async stop() {
      await task.stop()
      await running
    },
  }
}
