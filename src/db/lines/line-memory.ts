import { hash } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { LineMemory } from '../../core/dialect-memory.ts'
import { marks, onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

type Entry = Parameters<LineMemory['write']>[1][number]

/** Of one statement. */
const MAX_NAMES = 500

/** The table `line_memory`: what a dialect keeps of a line, by digests of the names. */
export class LineMemoryRepository implements LineMemory {
  readonly #store: Store
  readonly #clock: Clock

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async read(lineId: number, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const byDigest = new Map(names.map((name) => [digest(name), name]))
    const digests = [...byDigest.keys()]
    const known = new Map<string, string>()
    for (let from = 0; from < digests.length; from += MAX_NAMES) {
      const part = digests.slice(from, from + MAX_NAMES)
      const rows = await this.#store.rows<{ name: string; value: string }>(
        `SELECT name, value FROM line_memory WHERE line_id = ? AND name IN ${marks(part.length)}`,
        [lineId, ...part],
      )
      for (const { name, value } of rows) known.set(byDigest.get(name) ?? name, value)
    }
    return known
  }

  async write(lineId: number, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return
    const now = this.#clock.now()
    // In the order of the key, as everybody who writes several rows of a table.
    const rows = entries
      .map(({ name, value, isLasting }) => ({
        name: digest(name),
        value,
        at: isLasting ? null : now,
      }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    await this.#store.transaction(
      async (trx) => {
        for (const { name, value, at } of rows) {
          // Nothing is written of a line that is gone: nobody would delete it.
          await trx.run(
            `INSERT INTO line_memory (line_id, name, value, written_at)
             SELECT id, ?, ?, ? FROM line WHERE id = ?
             ${onDuplicateSet(trx, 'line_id, name', ['value', 'written_at'])}`,
            [name, value, at, lineId],
          )
        }
      },
      { isRepeatable: true },
    )
  }
}

function digest(name: string): string {
  return hash('sha256', name, 'base64url')
}
