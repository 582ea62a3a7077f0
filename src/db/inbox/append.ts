import { nextSeq } from '../../core/ids.ts'
import { isNotice, isOwnEvent } from '../../core/inbox.ts'
import type { ChatSighting } from '../../core/recipient.ts'
import type { NewEvent } from '../../core/stored-event.ts'
import { inPieces, runGroups } from '../engine/pieces.ts'
import type { Finish, Statement, StatementRunner } from '../engine/short-transaction.ts'
import { lockRows, markRows, marks, onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { PARKED_MS } from '../lines/parked-lines.ts'
import { findOwnEchoes } from '../outbox/own-echoes.ts'
import { resolveStatuses } from '../outbox/statuses.ts'
import { insertRecipients } from '../recipients/rows.ts'
import { copyEvent, insertConfirmed, stirLines } from './followed.ts'
import type { NewUpdate } from './new-update.ts'
import { type MemoryView, SeenMemory } from './seen-memory.ts'
import { SeenUpdates } from './seen-updates.ts'

export type AppendOutcome =
  /** The line was changed since the update was checked: nothing was taken. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'duplicate' }
  | {
      readonly kind: 'appended'
      /** The events in order, as they were stored. Left out: typing on a locked line, echoes, statuses that change nothing. */
      readonly stored: readonly (NewEvent & { readonly seq: number })[]
      /** When it was committed, epoch ms. */
      readonly at: number
      /** The number of the line's last event before these. */
      readonly previousTail: number
      readonly portalId: string
      /** The number of the lease, if the line had been idle and is now leased to `claimFor`. */
      readonly lease?: number
      /** The line's latest lease, and the token of the process that holds it; null if nobody does. */
      readonly holder: { readonly owner: string | null; readonly lease: number }
      readonly replays: number
      readonly purgeUntil: number
      /** Events of it were copied for the communications. */
      readonly isFollowed?: true
    }

export interface AppendRow {
  line_id: number
  portal_id: string
  epoch: number
  seq: number
  /** Of the last event that somebody in the channel caused. */
  heard_seq: number
  replays: number
  purge_until: number
  due_at: number | null
  owner: string | null
  lease: number
  attempt: number
  is_followed: number
}

const TYPING = 'chat.typing'
/** Speaks of what the portal has sent. */
const STATUS = 'message.status'

/**
 * Commits the updates of many requests in one transaction. The rows of `inbox_line` are locked first, in order, so that
 * writers of one line come one after another whatever process they are in: numbers follow the order of commits.
 */
export async function appendUpdates(
  store: Store,
  updates: readonly NewUpdate[],
  claimFor: string | undefined,
  now: number,
  memory = new SeenMemory(store, { now: () => now }),
): Promise<AppendOutcome[]> {
  const isRepeatable = updates.every((update) => update.hash !== undefined)
  return await memory.during((view) =>
    store.shortTransaction(
      (runner) => prepareAppend(runner, updates, claimFor, now, view),
      // Committed twice, an update is a duplicate the second time.
      { isRepeatable, failsWhenLocked: true },
    ),
  )
}

/**
 * The same as a part of another transaction: the statements are to be carried out as its last. Rows of `inbox_line` that it
 * has locked before must be these updates' and perhaps more, all locked at once and in order. `view` may be left out where no
 * update has a hash; throws SlotClosedError otherwise.
 */
export async function prepareAppend(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
  claimFor: string | undefined,
  now: number,
  view?: MemoryView,
): Promise<Finish<AppendOutcome[]>> {
  const seen = new SeenUpdates(runner, updates, view)
  const ids = updates.map(({ lineId }) => lineId)
  const [locked, ...known] = await runGroups(runner, [
    lockLines(runner, ids, APPEND_COLUMNS),
    ...seen.statements(),
  ])
  const rows = new Map(((locked?.rows ?? []) as AppendRow[]).map((row) => [row.line_id, row]))
  await seen.check(runner, known)
  return await planAppend(runner, updates, { seen, rows, claimFor }, now)
}

/** What a commit knows of its updates and their lines. */
export interface AppendBasis {
  readonly seen: SeenUpdates
  /** The locked rows by line. They are changed as they will be stored. */
  readonly rows: ReadonlyMap<number, AppendRow>
  readonly claimFor: string | undefined
}

/** Decides what becomes of updates whose lines are locked and whose hashes are recorded. */
export async function planAppend(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
  { seen, rows, claimFor }: AppendBasis,
  now: number,
): Promise<Finish<AppendOutcome[]>> {
  const isCurrent = ({ lineId, epoch }: NewUpdate): boolean => {
    const row = rows.get(lineId)
    return row !== undefined && (epoch === undefined || row.epoch === epoch)
  }
  const kinds = updates.map((update) => {
    const first = seen.first(update)
    // The twin of an update that isn't taken is no duplicate: then nothing of either is stored.
    const isTaken = isCurrent(first) || !seen.isNew(first)
    if (!isCurrent(update) || !isTaken) return 'stale'
    return seen.isNew(update) ? 'new' : 'duplicate'
  })
  const { events, confirmed, statements } = await resolveStatuses(
    runner,
    updates.filter(({ statuses }, index) => statuses && kinds[index] === 'new'),
    now,
  )
  const echoes = await findOwnEchoes(
    runner,
    updates.filter(({ outgoing }, index) => outgoing && kinds[index] === 'new'),
  )
  const plan = new AppendPlan(rows, claimFor, now)
  const told = updates.flatMap(({ lineId, confirmed: seqs = [] }) =>
    seqs.map((seq) => ({ lineId, seq })),
  )
  plan.confirm([...confirmed, ...told])
  const value = updates.map((update, index): AppendOutcome => {
    const kind = kinds[index]
    if (kind !== 'new') return { kind: kind ?? 'stale' }
    const resolved = events.get(update) ?? update.events
    const kept = echoes.size > 0 ? resolved.filter((event) => !echoes.has(event)) : resolved
    return plan.add(update, kept)
  })
  const stale = updates.filter((_, index) => kinds[index] === 'stale')
  return { statements: [...seen.forget(stale), ...statements, ...plan.statements(runner)], value }
}

export const APPEND_COLUMNS =
  'line_id, portal_id, epoch, seq, heard_seq, replays, purge_until, due_at, owner, lease, attempt, is_followed'

/** Locks the rows of these lines in order. */
export function lockLines(
  runner: StatementRunner,
  lineIds: readonly number[],
  columns: string,
): Statement[] {
  const ids = [...new Set(lineIds)].sort((a, b) => a - b)
  return inPieces(ids, 1).map((part) => ({
    sql: lockRows(
      runner,
      `SELECT ${columns} FROM inbox_line WHERE line_id IN ${marks(part.length)} ORDER BY line_id`,
    ),
    bindings: part,
  }))
}

/** What one commit is going to write, collected line by line. */
class AppendPlan {
  readonly #rows: ReadonlyMap<number, AppendRow>
  readonly #claimFor: string | undefined
  readonly #now: number
  readonly #touched = new Map<number, AppendRow>()
  readonly #events: unknown[][] = []
  readonly #conversations = new Map<string, unknown[]>()
  readonly #copies: Statement[] = []
  readonly #stirred = new Set<number>()
  readonly #recipients: ChatSighting[] = []
  readonly #confirmed = new Map<number, number[]>()

  constructor(rows: ReadonlyMap<number, AppendRow>, claimFor: string | undefined, now: number) {
    this.#rows = rows
    this.#claimFor = claimFor
    this.#now = now
  }

  /** To be called before the updates of their lines are added. */
  confirm(messages: readonly { readonly lineId: number; readonly seq: number }[]): void {
    for (const { lineId, seq } of messages) {
      if (!this.#rows.get(lineId)?.is_followed) continue
      this.#confirmed.set(lineId, [...(this.#confirmed.get(lineId) ?? []), seq])
    }
  }

  /** `events` are the update's, as they are to be stored. */
  add(
    update: NewUpdate,
    events: readonly NewEvent[],
  ): Extract<AppendOutcome, { kind: 'appended' }> {
    const row = this.#rows.get(update.lineId)
    if (!row) throw new Error('an update of a line that is not locked')
    const previousTail = row.seq
    const stored: (NewEvent & { seq: number })[] = []
    const copied = this.#copies.length
    for (const event of events) {
      if (event.type === TYPING && isLocked(row, this.#now)) continue
      stored.push({ seq: this.#store(row, event), type: event.type, payload: event.payload })
    }
    for (const seq of this.#confirmed.get(row.line_id) ?? []) {
      this.#copies.push(insertConfirmed({ lineId: row.line_id, seq }, this.#now))
    }
    this.#confirmed.delete(row.line_id)
    const isFollowed = this.#copies.length > copied
    if (isFollowed) this.#stirred.add(row.line_id)
    this.#recipients.push(...(update.recipients ?? []))
    for (const { chatId, context } of update.conversations ?? []) {
      this.#conversations.set(`${row.line_id}:${chatId}`, [row.line_id, chatId, context, this.#now])
    }
    const isClaimed = stored.length > 0 && this.#wake(row)
    const { portal_id: portalId, replays, purge_until: purgeUntil, lease, owner } = row
    return {
      kind: 'appended',
      stored,
      at: this.#now,
      previousTail,
      portalId,
      replays,
      purgeUntil,
      holder: { owner, lease },
      ...(isClaimed ? { lease } : {}),
      ...(isFollowed ? { isFollowed } : {}),
    }
  }

  /** Gives the event's number. */
  #store(row: AppendRow, event: NewEvent): number {
    const { type, payload } = event
    const seq = nextSeq(row.seq, this.#now)
    row.seq = seq
    this.#events.push([row.line_id, seq, type, payload, this.#now])
    if (isNotice(type) || isOwnEvent(type)) return seq
    if (type !== STATUS) row.heard_seq = seq
    if (row.is_followed) this.#copies.push(copyEvent(row.line_id, { ...event, seq }))
    return seq
  }

  statements(runner: StatementRunner): Statement[] {
    return [
      ...insertRows('inbox_event (line_id, seq, type, payload, created_at)', 5, this.#events),
      ...insertRows(
        'inbox_line (line_id, portal_id, seq, heard_seq, due_at, owner, lease)',
        7,
        [...this.#touched.values()].map((row) => [
          row.line_id,
          row.portal_id,
          row.seq,
          row.heard_seq,
          row.due_at,
          row.owner,
          row.lease,
        ]),
        onDuplicateSet(runner, 'line_id', ['seq', 'heard_seq', 'due_at', 'owner', 'lease']),
      ),
      ...insertRows(
        'conversation (line_id, chat_id, context, updated_at)',
        4,
        [...this.#conversations.values()],
        onDuplicateSet(runner, 'line_id, chat_id', ['context', 'updated_at']),
      ),
      ...this.#copies,
      ...stirLines(this.#stirred, this.#now),
      ...insertRecipients(runner, this.#recipients, this.#now),
    ]
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
    row.lease += 1
    return true
  }
}

function insertRows(
  into: string,
  width: number,
  rows: readonly (readonly unknown[])[],
  end = '',
): Statement[] {
  return inPieces(rows, width).map((part) => ({
    sql: `INSERT INTO ${into} VALUES ${markRows(part.length, width)} ${end}`,
    bindings: part.flat(),
  }))
}

/** So are lines of a portal that is switched off. */
function isLocked(row: AppendRow, now: number): boolean {
  if (row.due_at === null) return false
  return row.due_at >= PARKED_MS || (row.attempt > 0 && row.due_at > now)
}
