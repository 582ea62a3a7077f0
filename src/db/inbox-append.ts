import { nextSeq } from '../core/ids.ts'
import { CONTROL_TYPE } from '../core/inbox.ts'
import { forUpdate, insertIgnore, markRows, marks, onDuplicateSet } from './sql.ts'
import type { Store, Transaction } from './store.ts'

export interface NewEvent {
  readonly type: string
  /** JSON object without `id`. */
  readonly payload: string
}

/** One update of one line, to be committed whole or not at all. */
export interface NewUpdate {
  readonly lineId: number
  /** The line's epoch when the update was checked; another one in the store makes it `stale`. Absent: any will do. */
  readonly epoch?: number
  /** 22 characters; undefined for events of the hub's own making, which can't be duplicates. */
  readonly hash?: string
  readonly events: readonly NewEvent[]
  readonly conversations?: readonly { readonly chatId: string; readonly context: string }[]
}

export type AppendOutcome =
  /** The line was changed since the update was checked: nothing was taken. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'duplicate' }
  | {
      readonly kind: 'appended'
      /** Numbers of the events, in order; an entry is missing where an event wasn't worth keeping. */
      readonly stored: readonly { readonly seq: number; readonly index: number }[]
      /** The number of the line's last event before these. */
      readonly previousTail: number
      readonly portalId: string
      /** The line had been idle and is now leased to `claimFor`. */
      readonly isClaimed: boolean
      readonly replays: number
      readonly purgeUntil: number
    }

export interface AppendRow {
  line_id: number
  portal_id: string
  epoch: number
  seq: number
  replays: number
  purge_until: number
  due_at: number | null
  owner: string | null
  attempt: number
}

const TYPING = 'chat.typing'

/**
 * Commits the updates of many requests in one transaction. The rows of `inbox_line` are locked first, in order, so that
 * writers of one line come one after another whatever process they are in: numbers follow the order of commits.
 */
export async function appendUpdates(
  store: Store,
  updates: readonly NewUpdate[],
  claimFor: string | undefined,
  now: number,
): Promise<AppendOutcome[]> {
  const isRepeatable = updates.every((update) => update.hash !== undefined)
  return await store.transaction(
    async (trx) => await appendWithin(trx, updates, claimFor, now),
    // Said twice, an update is a duplicate the second time.
    { isRepeatable },
  )
}

/** The same as a part of another transaction, which must not have locked rows of `inbox_line` before. */
export async function appendWithin(
  trx: Transaction,
  updates: readonly NewUpdate[],
  claimFor: string | undefined,
  now: number,
): Promise<AppendOutcome[]> {
  const rows = await lockLines(trx, updates)
  const isCurrent = ({ lineId, epoch }: NewUpdate): boolean => {
    const row = rows.get(lineId)
    return row !== undefined && (epoch === undefined || row.epoch === epoch)
  }
  const isNew = await markSeen(trx, updates.filter(isCurrent), now)
  const plan = new AppendPlan(rows, claimFor, now)
  const outcomes = updates.map((update): AppendOutcome => {
    if (!isCurrent(update)) return { kind: 'stale' }
    return isNew(update) ? plan.add(update) : { kind: 'duplicate' }
  })
  await plan.write(trx)
  return outcomes
}

async function lockLines(
  trx: Transaction,
  updates: readonly NewUpdate[],
): Promise<Map<number, AppendRow>> {
  const ids = [...new Set(updates.map(({ lineId }) => lineId))].sort((a, b) => a - b)
  const rows = await trx.rows<AppendRow>(
    `SELECT line_id, portal_id, epoch, seq, replays, purge_until, due_at, owner, attempt
     FROM inbox_line WHERE line_id IN ${marks(ids.length)} ORDER BY line_id${forUpdate(trx)}`,
    ids,
  )
  return new Map(rows.map((row) => [row.line_id, row]))
}

/**
 * Records the updates' hashes; tells which had not been there. Usually all are new and one statement shows it by its
 * count; only when some are not are they read back. `batch` marks the rows of this commit.
 */
async function markSeen(
  trx: Transaction,
  updates: readonly NewUpdate[],
  now: number,
): Promise<(update: NewUpdate) => boolean> {
  const first = new Map<string, NewUpdate>()
  for (const update of updates) {
    const key = seenKey(update)
    if (key !== undefined && !first.has(key)) first.set(key, update)
  }
  const isFirst = (update: NewUpdate): boolean => {
    const key = seenKey(update)
    return key === undefined || first.get(key) === update
  }
  if (first.size === 0) return isFirst
  const batch = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
  const entries = [...first.values()].sort((a, b) => a.lineId - b.lineId)
  const { changes } = await trx.run(
    `${insertIgnore(trx)} seen_update (line_id, hash, seen_at, batch) VALUES ${markRows(entries.length, 4)}`,
    entries.flatMap(({ lineId, hash }) => [lineId, hash, now, batch]),
  )
  if (changes === entries.length) return isFirst
  const found = await trx.rows<{ line_id: number; hash: string }>(
    `SELECT line_id, hash FROM seen_update WHERE line_id IN ${marks(entries.length)}
     AND hash IN ${marks(entries.length)} AND batch = ?`,
    [...entries.map(({ lineId }) => lineId), ...entries.map(({ hash }) => hash), batch],
  )
  const fresh = new Set(found.map(({ line_id, hash }) => `${line_id}:${hash}`))
  return (update) =>
    isFirst(update) && (update.hash === undefined || fresh.has(seenKey(update) ?? ''))
}

function seenKey({ lineId, hash }: NewUpdate): string | undefined {
  return hash === undefined ? undefined : `${lineId}:${hash}`
}

/** What one commit is going to write, collected line by line. */
class AppendPlan {
  readonly #rows: ReadonlyMap<number, AppendRow>
  readonly #claimFor: string | undefined
  readonly #now: number
  readonly #touched = new Map<number, AppendRow>()
  readonly #events: unknown[][] = []
  readonly #conversations = new Map<string, unknown[]>()

  constructor(rows: ReadonlyMap<number, AppendRow>, claimFor: string | undefined, now: number) {
    this.#rows = rows
    this.#claimFor = claimFor
    this.#now = now
  }

  add(update: NewUpdate): Extract<AppendOutcome, { kind: 'appended' }> {
    const row = this.#rows.get(update.lineId)
    if (!row) throw new Error('an update of a line that is not locked')
    const previousTail = row.seq
    const stored: { seq: number; index: number }[] = []
    update.events.forEach((event, index) => {
      if (event.type === TYPING && isLocked(row, this.#now)) return
      row.seq = nextSeq(row.seq, this.#now)
      stored.push({ seq: row.seq, index })
      this.#events.push([row.line_id, row.seq, event.type, event.payload, this.#now])
    })
    for (const { chatId, context } of update.conversations ?? []) {
      this.#conversations.set(`${row.line_id}:${chatId}`, [row.line_id, chatId, context, this.#now])
    }
    const isClaimed = stored.length > 0 && this.#wake(row)
    const { portal_id: portalId, replays, purge_until: purgeUntil } = row
    return { kind: 'appended', stored, previousTail, portalId, replays, purgeUntil, isClaimed }
  }

  async write(trx: Transaction): Promise<void> {
    if (this.#events.length > 0) {
      await trx.run(
        `INSERT INTO inbox_event (line_id, seq, type, payload, created_at) VALUES ${markRows(this.#events.length, 5)}`,
        this.#events.flat(),
      )
    }
    if (this.#touched.size > 0) {
      const rows = [...this.#touched.values()]
      await trx.run(
        `INSERT INTO inbox_line (line_id, portal_id, seq, due_at, owner) VALUES ${markRows(rows.length, 5)}
         ${onDuplicateSet(trx, 'line_id', ['seq', 'due_at', 'owner'])}`,
        rows.flatMap((row) => [row.line_id, row.portal_id, row.seq, row.due_at, row.owner]),
      )
    }
    if (this.#conversations.size > 0) {
      const rows = [...this.#conversations.values()]
      await trx.run(
        `INSERT INTO conversation (line_id, chat_id, context, updated_at) VALUES ${markRows(rows.length, 4)}
         ${onDuplicateSet(trx, 'line_id, chat_id', ['context', 'updated_at'])}`,
        rows.flat(),
      )
    }
  }

  /** An idle line becomes ours to deliver at once (true), or due for whoever comes first. One that waits or is held stays so. */
  #wake(row: AppendRow): boolean {
    this.#touched.set(row.line_id, row)
    if (row.owner !== null || row.due_at !== null) return false
    if (this.#claimFor === undefined) {
      row.due_at = this.#now
      return false
    }
    row.owner = this.#claimFor
    return true
  }
}

function isLocked(row: AppendRow, now: number): boolean {
  return row.attempt > 0 && row.due_at !== null && row.due_at > now
}

/** What a line's portal is told when the line stops working; waits in its inbox like an event. */
export function controlEntry(reason: string, message: string): NewEvent {
  return { type: CONTROL_TYPE, payload: JSON.stringify({ reason, message }) }
}
