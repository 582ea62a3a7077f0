import { sessionNames } from './session-names.ts'
import type { Store } from './store.ts'

/**
 * Ends the connections of a process that is taken for dead, and so the transactions that it has left open. Takes no privilege,
 * for they are the same user's. Best effort: connections that have ended meanwhile, or are another server's, are passed over.
 */
export async function endSessions(store: Store, process: string): Promise<number> {
  if (store.dialect !== 'mysql' || !/^[\w-]+$/.test(process)) return 0
  const [found = {}] = await store.rows<Record<string, number | string | null>>(
    `SELECT ${sessionNames(process)
      .map((name, index) => `IS_USED_LOCK('${name}') AS s${index}`)
      .join(', ')}`,
  )
  const ids = Object.values(found).flatMap((id) => (id === null ? [] : [Number(id)]))
  let ended = 0
  for (const id of ids) {
    try {
      await store.run(`KILL ${id}`)
      ended += 1
    } catch {
      // It has gone by itself.
    }
  }
  return ended
}
