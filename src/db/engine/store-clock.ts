import type { Store } from './store.ts'

/** The store's own clock, epoch milliseconds. SQLite's is that of this machine. */
export async function readStoreClock(store: Store): Promise<number> {
  const sql =
    store.dialect === 'mysql'
      ? 'SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now_ms'
      : "SELECT unixepoch('subsec') * 1000 AS now_ms"
  const [row] = await store.rows<{ now_ms: number | string }>(sql)
  return Math.round(Number(row?.now_ms))
}
