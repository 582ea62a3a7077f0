import type { Clock } from '../core/clock.ts'
import type { Lease } from '../core/lease.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { Store } from '../db/engine/store.ts'
import type { AppendOutcome } from '../db/inbox/append.ts'
import { commitInbox } from '../db/inbox/commit.ts'
import type { ReceivedUpdate } from '../db/inbox/new-update.ts'
import type { SeenMemory } from '../db/inbox/seen-memory.ts'
import type { Burial, Settlement, SettleOutcome } from '../db/inbox/settle.ts'
import { GroupCommitter } from '../lease/group-commit.ts'
import { CommitMeter } from './load-meter.ts'

/** Updates that are to be committed together. */
export interface Appending {
  readonly updates: readonly ReceivedUpdate[]
  /** Asked when they are committed: whom idle lines are leased to. */
  claimFor(): string | undefined
  /** Called after the commit, before anybody whose item was part of it gets an answer. */
  committed(outcomes: readonly AppendOutcome[], claimedFor: string | undefined): void
}

interface Settling {
  /** The token the line was leased under. */
  readonly token: string
  readonly settlement: Settlement
}

type Item = { readonly append: Appending } | { readonly settle: Settling }

type Outcome = readonly AppendOutcome[] | SettleOutcome

export interface CommitterDeps {
  readonly store: Store
  readonly clock: Clock
  readonly lease: Pick<Lease, 'token'>
  readonly burial: Burial
  readonly memory: SeenMemory
  /** Of updates that wait while more do than one commit holds. */
  readonly places: SharedPool
}

const MAX_ITEMS = 300
/** Bytes of events in one commit: below MariaDB's default `max_allowed_packet` of 16 MiB, escaping included. */
const MAX_BYTES = 4 * 1024 * 1024
/** What an update takes besides its events: bounds the rows of a commit where requests bring hundreds each. */
const UPDATE_BYTES = 2048

/**
 * The inbox's one way into the store: what came in and what portals have answered are committed together. Apart from each other
 * they would wait for the rows of the same lines, and cost two transactions for each.
 */
export class InboxCommitter {
  readonly meter = new CommitMeter()
  readonly #deps: CommitterDeps
  readonly #commits: GroupCommitter<Item, Outcome>

  constructor(deps: CommitterDeps) {
    this.#deps = deps
    const { store, clock, places } = deps
    this.#commits = new GroupCommitter((items) => this.#commit(items), {
      maxItems: MAX_ITEMS,
      maxSize: MAX_BYTES,
      sizeOf: (item) => updatesOf(item).reduce((sum, update) => sum + sizeOf(update), 0),
      share: {
        ownersOf: (item) =>
          updatesOf(item).map(({ portalId, lineId }) => ({ tenant: portalId, part: lineId })),
        places,
      },
      // A line has one at a time, and nothing more of it is delivered before.
      isUrgent: (item) => 'settle' in item,
      gather: () => store.letOthersIn(),
      keysOf: (item) =>
        'settle' in item
          ? [item.settle.settlement.lineId]
          : item.append.updates.map(({ lineId }) => lineId),
      rows: 'inbox_line',
      locks: store.locks,
      clock,
    })
  }

  /** Resolves after the commit. Throws StoreUnavailableError: then nothing was taken. */
  async append(append: Appending): Promise<readonly AppendOutcome[]> {
    return (await this.#commits.submit({ append })) as readonly AppendOutcome[]
  }

  /** `token` is the one the line was leased under. Throws StoreUnavailableError, and whatever the store can't keep. */
  async settle(token: string, settlement: Settlement): Promise<SettleOutcome> {
    return (await this.#commits.submit({ settle: { token, settlement } })) as SettleOutcome
  }

  /** Resolves when everything given so far is committed or refused. */
  settled(): Promise<void> {
    return this.#commits.settled()
  }

  async #commit(items: readonly Item[]): Promise<Outcome[]> {
    const { store, clock, lease, burial, memory } = this.#deps
    const appends = items.flatMap((item) => ('append' in item ? [item.append] : []))
    const settles = items.flatMap((item) => ('settle' in item ? [item.settle] : []))
    const { token } = lease
    // What was leased under a token that is no longer ours must not be settled under the new one.
    const ours = settles.filter((one) => one.token === token)
    const claimFor = appends[0]?.claimFor()
    const updates = appends.flatMap((append) => append.updates)
    this.meter.note(updates.length)
    const { appended, settled } = await commitInbox(
      store,
      {
        ...{ claimFor, token, burial },
        updates,
        settlements: ours.map(({ settlement }) => settlement),
      },
      clock.now(),
      memory,
    )
    const results = new Map<Appending | Settling, Outcome>()
    let from = 0
    for (const append of appends) {
      const outcomes = appended.slice(from, from + append.updates.length)
      from += append.updates.length
      append.committed(outcomes, claimFor)
      results.set(append, outcomes)
    }
    for (const [index, one] of ours.entries()) results.set(one, settled[index] ?? { kind: 'lost' })
    return items.map(
      (item) => results.get('append' in item ? item.append : item.settle) ?? { kind: 'lost' },
    )
  }
}

function updatesOf(item: Item): readonly ReceivedUpdate[] {
  return 'append' in item ? item.append.updates : []
}

/** What is told of people goes to the store twice when they are new. */
function sizeOf({ events, recipients }: ReceivedUpdate): number {
  const size = events.reduce((sum, { payload }) => sum + payload.length, 0)
  return UPDATE_BYTES + (recipients ? 2 * size : size)
}
