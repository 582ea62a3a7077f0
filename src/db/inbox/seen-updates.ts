import { groupByLine, inPieces, runGroups, whereByLine } from '../engine/pieces.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
import { insertIgnore, markRows } from '../engine/sql.ts'
import type { NewUpdate } from './new-update.ts'

/**
 * Records the updates' hashes and finds which had not been there. Usually all are new and one statement shows it by its
 * count; only when some are not are they read back. `batch` marks the rows of this commit.
 */
export class SeenUpdates {
  readonly #dialect: StatementRunner['dialect']
  readonly #now: number
  readonly #batch = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
  readonly #first = new Map<string, NewUpdate>()
  #fresh: ReadonlySet<string> | undefined

  constructor(dialect: StatementRunner['dialect'], updates: readonly NewUpdate[], now: number) {
    this.#dialect = dialect
    this.#now = now
    for (const update of updates) {
      const key = seenKey(update)
      if (key !== undefined && !this.#first.has(key)) this.#first.set(key, update)
    }
  }

  insert(): Statement[] {
    const entries = [...this.#first.values()].sort((a, b) => a.lineId - b.lineId)
    return inPieces(entries, 4).map((part) => ({
      sql: `${insertIgnore(this)} seen_update (line_id, hash, seen_at, batch) VALUES ${markRows(part.length, 4)}`,
      // An update is forgotten a fixed time after `seen_at`.
      bindings: part.flatMap(({ lineId, hash, repeatsForMs = 0 }) => [
        lineId,
        hash,
        this.#now + repeatsForMs,
        this.#batch,
      ]),
    }))
  }

  get dialect(): StatementRunner['dialect'] {
    return this.#dialect
  }

  /** `inserted` is how many rows the insert has put in. */
  async check(runner: StatementRunner, inserted: number): Promise<void> {
    if (inserted === this.#first.size) return
    const hashes = groupByLine(
      [...this.#first.values()],
      ({ lineId }) => lineId,
      ({ hash }) => [hash],
    )
    const [found] = await runGroups(runner, [
      whereByLine('hash', hashes).map(({ sql, bindings }) => ({
        sql: `SELECT line_id, hash FROM seen_update WHERE (${sql}) AND batch = ?`,
        bindings: [...bindings, this.#batch],
      })),
    ])
    const rows = (found?.rows ?? []) as { line_id: number; hash: string }[]
    this.#fresh = new Set(rows.map(({ line_id, hash }) => `${line_id}:${hash}`))
  }

  /** The first update of this commit with the same key. */
  first(update: NewUpdate): NewUpdate {
    return this.#first.get(seenKey(update) ?? '') ?? update
  }

  isNew(update: NewUpdate): boolean {
    const key = seenKey(update)
    if (key === undefined) return true
    return this.#first.get(key) === update && (this.#fresh === undefined || this.#fresh.has(key))
  }

  /** Updates that weren't taken must not count as duplicates when they come again. */
  forget(updates: readonly NewUpdate[]): Statement[] {
    return (
      updates
        // Not the twin of one that was taken.
        .filter((update) => update.hash !== undefined && this.first(update) === update)
        .map(({ lineId, hash }) => ({
          sql: 'DELETE FROM seen_update WHERE line_id = ? AND hash = ? AND batch = ?',
          bindings: [lineId, hash, this.#batch],
        }))
    )
  }
}

function seenKey({ lineId, hash }: NewUpdate): string | undefined {
  return hash === undefined ? undefined : `${lineId}:${hash}`
}
