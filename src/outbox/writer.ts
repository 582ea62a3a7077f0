import type { Clock } from '../core/clock.ts'
import type { Store } from '../db/engine/store.ts'
import {
  type EnqueueOutcome,
  enqueueMessages,
  type NewOutboxMessage,
} from '../db/outbox/enqueue.ts'
import { GroupCommitter } from '../lease/group-commit.ts'

const MAX_MESSAGES = 200
const MAX_BYTES = 4 * 1024 * 1024
const MAX_WAITING = 20_000

/** The way into the outbox: messages of concurrent calls are committed together. */
export class OutboxWriter {
  readonly #commits: GroupCommitter<NewOutboxMessage, EnqueueOutcome>

  /** `onQueued` is called after each commit, with the lines concerned. */
  constructor(store: Store, clock: Clock, onQueued: (lineIds: ReadonlySet<number>) => void) {
    this.#commits = new GroupCommitter(
      async (messages) => {
        const outcomes = await enqueueMessages(store, messages, clock.now())
        onQueued(new Set(messages.map(({ lineId }) => lineId)))
        return outcomes
      },
      {
        maxItems: MAX_MESSAGES,
        maxSize: MAX_BYTES,
        sizeOf: ({ payload }) => payload.length,
        maxWaiting: MAX_WAITING,
        gather: () => store.letOthersIn(),
        keysOf: ({ lineId }) => [lineId],
        rows: 'outbox_line',
        locks: store.locks,
        clock,
      },
    )
  }

  /** Gives the message's number; the earlier one's if the portal's key was used before. Throws StoreUnavailableError. */
  enqueue(message: NewOutboxMessage): Promise<EnqueueOutcome> {
    return this.#commits.submit(message)
  }
}
