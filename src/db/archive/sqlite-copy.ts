import { DatabaseSync } from 'node:sqlite'
import { SLOT_TABLES } from '../engine/slot-tables.ts'
import type { Store } from '../engine/store.ts'

/** A copy of a SQLite store as it is at one moment, while hubs write on; `file` must not be there. */
export async function copySqlite(store: Store, file: string): Promise<void> {
  await store.run('VACUUM INTO ?', [file])
}

/** What SQLite finds wrong with a file; undefined if it is whole. Throws if it is no database at all. */
export function examineSqlite(file: string): string | undefined {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const rows = database.prepare('PRAGMA integrity_check(1)').all() as {
      integrity_check: string
    }[]
    const [found] = rows
    return found?.integrity_check === 'ok' ? undefined : found?.integrity_check
  } finally {
    database.close()
  }
}

const TOUCH = Object.values(SLOT_TABLES)
  .flat()
  .map((table) => `(SELECT line_id FROM ${table} LIMIT 1)`)
  .join(' UNION ALL ')

/**
 * The store as it is at one moment, for reading on MySQL; elsewhere and meanwhile it goes on. Tables that may be emptied whole are
 * touched by its first statement, which opens all of them before it fixes the moment: from then on the emptying waits, while one in
 * between would make a table unreadable to this moment.
 */
export async function withSnapshot<T>(
  store: Store,
  work: (rows: Pick<Store, 'rows' | 'dialect'>) => Promise<T>,
): Promise<T> {
  return await store.knex.transaction(
    async (trx) => {
      const { dialect } = store
      await trx.raw(TOUCH)
      return await work({
        dialect,
        rows: async <Row>(sql: string, bindings: readonly unknown[] = []) => {
          const raw = (await trx.raw(sql, bindings as never)) as unknown
          return (dialect === 'mysql' ? (raw as unknown[])[0] : raw) as Row[]
        },
      })
    },
    { isolationLevel: 'repeatable read' },
  )
}
