import type { Clock } from '../core/clock.ts'
import { HubError, StoreCrowdedError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import { type Journal, NO_JOURNAL } from '../core/journal.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { Store } from '../db/engine/store.ts'
import {
  type EnqueueOutcome,
  enqueueMessages,
  isOfOperator,
  type NewOutboxMessage,
} from '../db/outbox/enqueue.ts'
import { GroupCommitter } from '../lease/group-commit.ts'

const MAX_MESSAGES = 200
const MAX_BYTES = 4 * 1024 * 1024

/** A message that a portal has called for. */
export interface CalledMessage extends NewOutboxMessage {
  readonly portalId: string
  /** The channel's id of the message that is to be changed or deleted. */
  readonly messageId?: string
}

export interface QueueHooks {
  /** Called after a commit with the lines whose communications are to look at what was queued. */
  onFollowed?(lineIds: ReadonlySet<number>): void
  /** A person of the company has written to the chat. */
  onAnswer?(lineId: number, chatId: string): void
}

/** The way into the outbox: messages of concurrent calls are committed together. */
export class OutboxWriter {
  readonly #commits: GroupCommitter<CalledMessage, EnqueueOutcome>
  readonly #journal: Journal
  readonly #hooks: QueueHooks

  /**
   * `places` are of messages that wait while more do than one commit holds. `onQueued` is called after each commit, with the
   * lines concerned.
   */
  constructor(
    store: Store,
    clock: Clock,
    places: SharedPool,
    onQueued: (lineIds: ReadonlySet<number>) => void,
    journal: Journal = NO_JOURNAL,
    hooks: QueueHooks = {},
  ) {
    this.#hooks = hooks
    this.#journal = journal
    this.#commits = new GroupCommitter(
      async (messages) => {
        const outcomes = await enqueueMessages(store, messages, clock.now())
        onQueued(new Set(messages.map(({ lineId }) => lineId)))
        const followed = messages.filter((_, index) => isFollowed(outcomes[index]))
        if (followed.length > 0) hooks.onFollowed?.(new Set(followed.map(({ lineId }) => lineId)))
        return outcomes
      },
      {
        maxItems: MAX_MESSAGES,
        maxSize: MAX_BYTES,
        sizeOf: ({ payload }) => payload.length,
        share: {
          ownersOf: ({ portalId, lineId }) => [{ tenant: portalId, part: lineId }],
          places,
        },
        gather: () => store.letOthersIn(),
        keysOf: ({ lineId }) => [lineId],
        rows: 'outbox_line',
        locks: store.locks,
        clock,
      },
    )
  }

  /** Gives the message's number; the earlier one's if the portal's key was used before. Throws StoreUnavailableError, HubError `HUB_LIMIT`. */
  async enqueue(message: CalledMessage): Promise<EnqueueOutcome> {
    const outcome = await this.#commits.submit(message).catch(askToCallAgain)
    if (outcome.kind === 'queued' && !outcome.isRepeat) {
      const { lineId, portalId, chatId: chat, key, messageId } = message
      const step = { kind: 'queued' as const, out: outcome.seq, chat, ...given({ key, messageId }) }
      this.#journal.note({ lineId, portalId }, step)
      if (isOfOperator(message)) this.#hooks.onAnswer?.(lineId, chat)
    }
    return outcome
  }
}

function isFollowed(outcome: EnqueueOutcome | undefined): boolean {
  return outcome?.kind === 'queued' && outcome.isFollowed === true
}

function askToCallAgain(cause: unknown): never {
  if (!(cause instanceof StoreCrowdedError)) throw cause
  const message = 'too many messages wait to be queued, call again in a moment'
  throw new HubError('HUB_LIMIT', message, { cause })
}
