import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import type { BroadcastConfig } from './broadcasts.ts'

/** The words, in lower case, with which each of the recipients can leave the broadcasts that have reached them. */
export async function readOptOuts(
  store: Store,
  lineId: number,
  leads: readonly number[],
): Promise<Map<number, Set<string>>> {
  const [any] = await store.rows('SELECT id FROM broadcast_run WHERE line_id = ? LIMIT 1', [lineId])
  if (!any || leads.length === 0) return new Map()
  const rows = await store.rows<{ lead: number; config: string }>(
    `SELECT DISTINCT j.lead, r.config FROM job j JOIN broadcast_run r ON r.id = j.run_id
     WHERE j.lead IN ${marks(leads.length)} AND j.state IN ('running', 'waiting', 'done', 'failed', 'interrupted')`,
    leads,
  )
  const words = new Map<number, Set<string>>()
  for (const { lead, config } of rows) {
    const { optOut = [] } = JSON.parse(config) as BroadcastConfig
    const of = words.get(lead) ?? new Set()
    words.set(lead, of)
    for (const word of optOut) of.add(word.trim().toLowerCase())
  }
  return words
}
