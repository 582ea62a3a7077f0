import type { Clock } from '../core/clock.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { Store } from '../db/engine/store.ts'
import { type AppendOutcome, appendUpdates } from '../db/inbox/append.ts'
import type { ReceivedUpdate } from '../db/inbox/new-update.ts'
import { GroupCommitter } from '../lease/group-commit.ts'
import type { CommittedEvents } from './dispatcher.ts'

/** Is notified of the writer's commits: the dispatcher of the same process, if it has one. */
export interface CommitListener {
  readonly claimToken: string | undefined
  committed(events: CommittedEvents): void
}

const MAX_UPDATES = 300
/** Bytes of events in one commit: below MariaDB's default `max_allowed_packet` of 16 MiB, escaping included. */
const MAX_BYTES = 4 * 1024 * 1024
/** What an update takes besides its events: bounds the rows of a commit where requests bring hundreds each. */
const UPDATE_BYTES = 2048

/** The way into the inbox: updates of concurrent requests are committed together. */
export class InboxWriter {
  readonly #store: Store
  readonly #clock: Clock
  readonly #listener: CommitListener | undefined
  readonly #onFollowed: (lineIds: ReadonlySet<number>) => void
  readonly #commits: GroupCommitter<readonly ReceivedUpdate[], readonly AppendOutcome[]>

  /**
   * `places` are of updates that wait while more do than one commit holds. `onFollowed` is called after each commit that
   * holds events for the communications, with their lines.
   */
  constructor(
    store: Store,
    clock: Clock,
    listener: CommitListener | undefined,
    places: SharedPool,
    onFollowed: (lineIds: ReadonlySet<number>) => void = () => undefined,
  ) {
    this.#onFollowed = onFollowed
    this.#store = store
    this.#clock = clock
    this.#listener = listener
    this.#commits = new GroupCommitter((groups) => this.#commit(groups), {
      maxItems: MAX_UPDATES,
      maxSize: MAX_BYTES,
      sizeOf: (updates) => updates.reduce((sum, update) => sum + sizeOf(update), 0),
      share: {
        ownersOf: (updates) =>
          updates.map(({ portalId, lineId }) => ({ tenant: portalId, part: lineId })),
        places,
      },
      gather: () => store.letOthersIn(),
      keysOf: (updates) => updates.map(({ lineId }) => lineId),
      rows: 'inbox_line',
      locks: store.locks,
      clock,
    })
  }

  /** Resolves after the commit. Throws StoreUnavailableError: then nothing of the update was taken. */
  async append(update: ReceivedUpdate): Promise<AppendOutcome> {
    const [outcome] = await this.#commits.submit([update])
    return outcome ?? { kind: 'stale' }
  }

  /** The same for several updates, in one transaction. */
  appendAll(updates: readonly ReceivedUpdate[]): Promise<readonly AppendOutcome[]> {
    return this.#commits.submit(updates)
  }

  /** Resolves when everything appended so far is committed or refused. */
  settled(): Promise<void> {
    return this.#commits.settled()
  }

  async #commit(
    groups: readonly (readonly ReceivedUpdate[])[],
  ): Promise<(readonly AppendOutcome[])[]> {
    const updates = groups.flat()
    const now = this.#clock.now()
    const claimToken = this.#listener?.claimToken
    const outcomes = await appendUpdates(this.#store, updates, claimToken, now)
    const followed = new Set<number>()
    updates.forEach((update, index) => {
      const outcome = outcomes[index]
      if (outcome?.kind !== 'appended') return
      this.#announce(update, outcome, claimToken)
      if (outcome.isFollowed) followed.add(update.lineId)
    })
    if (followed.size > 0) this.#onFollowed(followed)
    let from = 0
    return groups.map(({ length }) => {
      from += length
      return outcomes.slice(from - length, from)
    })
  }

  #announce(
    update: ReceivedUpdate,
    outcome: Extract<AppendOutcome, { kind: 'appended' }>,
    claimToken: string | undefined,
  ): void {
    const { stored, at: createdAt, lease, isFollowed: _, ...rest } = outcome
    const events = stored.map((event) => ({ ...event, createdAt }))
    const isLeased = lease !== undefined && claimToken !== undefined
    this.#listener?.committed({
      lineId: update.lineId,
      events,
      ...(isLeased ? { lease: { token: claimToken, number: lease } } : {}),
      ...rest,
    })
  }
}

/** What is told of people goes to the store twice when they are new. */
function sizeOf({ events, recipients }: ReceivedUpdate): number {
  const size = events.reduce((sum, { payload }) => sum + payload.length, 0)
  return UPDATE_BYTES + (recipients ? 2 * size : size)
}
