import { hash as digest } from 'node:crypto'
import { groupByLine, inPieces, runGroups, whereByLine } from '../engine/pieces.ts'
import type { Statement, StatementOutcome, StatementRunner } from '../engine/short-transaction.ts'
import type { Ring } from '../engine/slot-tables.ts'
import { forShare, insertIgnore, markRows } from '../engine/sql.ts'
import { KEY_BYTES, type KeyMarks, markKey } from './key-filter.ts'
import type { NewUpdate } from './new-update.ts'
import { type ClosedSlot, type MemoryView, SlotClosedError } from './seen-memory.ts'

/** An update that is to be remembered, the first of its key in this commit. */
interface Entry {
  readonly update: NewUpdate
  readonly text: string
  readonly ring: Ring
  readonly hash: Buffer
  readonly marks: KeyMarks
}

interface FoundRow {
  readonly line_id: number
  readonly hash: Uint8Array | string
}

/**
 * Notes the updates in the slots that are open and finds which had been noted before. Usually all are new: the number of rows
 * put in shows it for the open slots, and filters in memory for those that are closed; only where they can't, rows are read.
 * `batch` marks the rows of this commit.
 */
export class SeenUpdates {
  readonly #runner: Pick<StatementRunner, 'dialect'>
  readonly #view: MemoryView | undefined
  readonly #batch = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
  readonly #first = new Map<string, NewUpdate>()
  readonly #entries: Entry[] = []
  readonly #byRing: readonly (readonly [Ring, Entry[]])[]
  readonly #repeats = new Set<NewUpdate>()
  /** Those of the repeats that a closed slot remembers. */
  readonly #older: NewUpdate[] = []

  /** `view` may be left out where no update has a hash. */
  constructor(
    runner: Pick<StatementRunner, 'dialect'>,
    updates: readonly NewUpdate[],
    view: MemoryView | undefined,
  ) {
    this.#runner = runner
    this.#view = view
    for (const update of updates) {
      const key = seenKey(update)
      if (key === undefined || this.#first.has(key)) continue
      this.#first.set(key, update)
      this.#entries.push(toEntry(update, update.hash ?? ''))
    }
    this.#entries.sort((a, b) => a.update.lineId - b.update.lineId)
    this.#byRing = [...Map.groupBy(this.#entries, ({ ring }) => ring)]
  }

  /** For one packet, in groups; behind the locks of the lines. `check` takes what they give. */
  statements(): Statement[][] {
    return [this.#hold(), this.#insert(), this.#askClosed()]
  }

  /** Keeps the slots open until the commit. */
  #hold(): Statement[] {
    return this.#byRing.map(([ring]) => ({
      sql: `SELECT serial FROM seen_slot WHERE ring = ? AND serial = ? AND closed_at IS NULL${forShare(this.#runner)}`,
      bindings: [ring, this.#known(ring).open.serial],
    }))
  }

  #insert(): Statement[] {
    return this.#byRing.flatMap(([ring, entries]) =>
      inPieces(entries, 3).map((part) => ({
        sql: `${insertIgnore(this.#runner)} ${this.#known(ring).open.table} (line_id, hash, batch) VALUES ${markRows(part.length, 3)}`,
        bindings: part.flatMap(({ update, hash }) => [update.lineId, hash, this.#batch]),
      })),
    )
  }

  /** Asks the closed slots that may remember some of them. */
  #askClosed(): Statement[] {
    return this.#byRing.flatMap(([ring, entries]) =>
      this.#known(ring).closed.flatMap((slot) => {
        const { filter } = slot
        const asked = filter ? entries.filter(({ marks }) => filter.mayHave(marks)) : entries
        return asked.length > 0 ? askSlot(slot, asked) : []
      }),
    )
  }

  /** Takes what the statements have given, group by group. Throws SlotClosedError. */
  async check(
    runner: StatementRunner,
    [held, inserted, found]: readonly StatementOutcome[],
  ): Promise<void> {
    if (this.#entries.length === 0) return
    if (held?.rows.length !== this.#byRing.length) throw new SlotClosedError()
    const older = keysOf(found)
    if (older.size > 0) {
      const repeated = this.#entries.filter((entry) => older.has(keyOf(entry)))
      this.#older.push(...repeated.map(({ update }) => update))
    }
    for (const update of this.#older) this.#repeats.add(update)
    if (inserted?.changes === this.#entries.length) return
    const [own] = await runGroups(runner, [this.#readBack()])
    const fresh = keysOf(own)
    for (const entry of this.#entries) {
      if (!fresh.has(keyOf(entry))) this.#repeats.add(entry.update)
    }
  }

  /** The first update of this commit with the same key. */
  first(update: NewUpdate): NewUpdate {
    return this.#first.get(seenKey(update) ?? '') ?? update
  }

  isNew(update: NewUpdate): boolean {
    return this.first(update) === update && !this.#repeats.has(update)
  }

  /**
   * `stale` weren't taken and must not count as duplicates when they come again; and what a closed slot remembers is remembered
   * from when it came first.
   */
  forget(stale: readonly NewUpdate[]): Statement[] {
    const gone = new Set([...stale, ...this.#older])
    if (gone.size === 0) return []
    return (
      this.#entries
        // Not the twin of one that was taken.
        .filter(({ update }) => gone.has(update))
        .map(({ update, ring, hash }) => ({
          sql: `DELETE FROM ${this.#known(ring).open.table} WHERE line_id = ? AND hash = ? AND batch = ?`,
          bindings: [update.lineId, hash, this.#batch],
        }))
    )
  }

  #readBack(): Statement[] {
    return this.#byRing.flatMap(([ring, entries]) =>
      whereEntries(entries, ({ hash }) => hash).map(({ sql, bindings }) => ({
        sql: `SELECT line_id, hash FROM ${this.#known(ring).open.table} WHERE (${sql}) AND batch = ?`,
        bindings: [...bindings, this.#batch],
      })),
    )
  }

  #known(ring: Ring): MemoryView[Ring] {
    if (!this.#view)
      throw new Error('updates that may be repeats, and nothing is known of the memory')
    return this.#view[ring]
  }
}

function seenKey({ lineId, hash }: NewUpdate): string | undefined {
  return hash === undefined ? undefined : `${lineId}:${hash}`
}

function toEntry(update: NewUpdate, text: string): Entry {
  const { lineId, repeatsForMs = 0 } = update
  const hash = toBytes(text)
  const ring = repeatsForMs > 0 ? 'week' : 'day'
  return { update, text, ring, hash, marks: markKey(lineId, hash) }
}

/** 22 characters of base64 hold 16 bytes; any other text becomes as many. */
export function toBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length === KEY_BYTES) return bytes
  return digest('sha256', text, 'buffer').subarray(0, KEY_BYTES)
}

function askSlot({ table }: ClosedSlot, entries: readonly Entry[]): Statement[] {
  const isText = table === 'seen_update'
  return whereEntries(entries, ({ text, hash }) => (isText ? text : hash)).map(
    ({ sql, bindings }) => ({
      sql: `SELECT line_id, hash FROM ${table} WHERE ${sql}`,
      bindings,
    }),
  )
}

function whereEntries(
  entries: readonly Entry[],
  hashOf: (entry: Entry) => string | Buffer,
): ReturnType<typeof whereByLine> {
  return whereByLine(
    'hash',
    groupByLine(
      entries,
      ({ update }) => update.lineId,
      (entry) => [hashOf(entry)],
    ),
  )
}

function keysOf(outcome: StatementOutcome | undefined): Set<string> {
  const rows = (outcome?.rows ?? []) as FoundRow[]
  return new Set(
    rows.map(({ line_id, hash }) => {
      const bytes = typeof hash === 'string' ? toBytes(hash) : Buffer.from(hash)
      return `${line_id}:${bytes.toString('hex')}`
    }),
  )
}

function keyOf({ update, hash }: Entry): string {
  return `${update.lineId}:${hash.toString('hex')}`
}
