import type { AppendOutcome } from '../db/inbox/append.ts'
import type { ReceivedUpdate } from '../db/inbox/new-update.ts'
import type { InboxCommitter } from './committer.ts'
import type { CommittedEvents } from './dispatcher.ts'

/** Is notified of the writer's commits: the dispatcher of the same process, if it has one. */
export interface CommitListener {
  readonly claimToken: string | undefined
  committed(events: CommittedEvents): void
}

/** The way into the inbox: updates of concurrent requests are committed together. */
export class InboxWriter {
  readonly #commits: InboxCommitter
  readonly #listener: CommitListener | undefined
  readonly #onFollowed: (lineIds: ReadonlySet<number>) => void

  /** `onFollowed` is called after each commit that holds events for the communications, with their lines. */
  constructor(
    commits: InboxCommitter,
    listener: CommitListener | undefined,
    onFollowed: (lineIds: ReadonlySet<number>) => void = () => undefined,
  ) {
    this.#commits = commits
    this.#listener = listener
    this.#onFollowed = onFollowed
  }

  /** Resolves after the commit. Throws StoreUnavailableError: then nothing of the update was taken. */
  async append(update: ReceivedUpdate): Promise<AppendOutcome> {
    const [outcome] = await this.appendAll([update])
    return outcome ?? { kind: 'stale' }
  }

  /** The same for several updates, in one transaction. */
  appendAll(updates: readonly ReceivedUpdate[]): Promise<readonly AppendOutcome[]> {
    return this.#commits.append({
      updates,
      claimFor: () => this.#listener?.claimToken,
      committed: (outcomes, claimedFor) => this.#announceAll(updates, outcomes, claimedFor),
    })
  }

  /** Resolves when everything appended so far is committed or refused. */
  settled(): Promise<void> {
    return this.#commits.settled()
  }

  #announceAll(
    updates: readonly ReceivedUpdate[],
    outcomes: readonly AppendOutcome[],
    claimToken: string | undefined,
  ): void {
    const followed = new Set<number>()
    for (const [index, update] of updates.entries()) {
      const outcome = outcomes[index]
      if (outcome?.kind !== 'appended') continue
      this.#announce(update, outcome, claimToken)
      if (outcome.isFollowed) followed.add(update.lineId)
    }
    if (followed.size > 0) this.#onFollowed(followed)
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
