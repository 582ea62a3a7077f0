import { insertIgnore, markRows, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'

export interface SignedRequest {
  readonly portalId: string
  readonly requestId: string
}

/**
 * Records ids of signed calls. Gives for each whether it was new. Of two with the same id, here or at two processes at
 * once, exactly one is.
 */
export async function recordRequests(
  store: Store,
  requests: readonly SignedRequest[],
  now: number,
): Promise<boolean[]> {
  const batch = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
  const first = new Map<string, SignedRequest>()
  for (const request of requests) {
    const key = keyOf(request)
    if (!first.has(key)) first.set(key, request)
  }
  const entries = [...first.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, entry]) => entry)
  const work = async (trx: Transaction): Promise<boolean[]> => {
    const { changes } = await trx.run(
      `${insertIgnore(trx)} request_seen (portal_id, request_id, seen_at, batch) VALUES ${markRows(entries.length, 4)}`,
      entries.flatMap(({ portalId, requestId }) => [portalId, requestId, now, batch]),
    )
    if (changes === entries.length) return requests.map((r) => first.get(keyOf(r)) === r)
    const rows = await trx.rows<{ portal_id: string; request_id: string }>(
      `SELECT portal_id, request_id FROM request_seen WHERE portal_id IN ${marks(entries.length)}
       AND request_id IN ${marks(entries.length)} AND batch = ?`,
      [...entries.map((e) => e.portalId), ...entries.map((e) => e.requestId), batch],
    )
    const fresh = new Set(
      rows.map((row) => keyOf({ portalId: row.portal_id, requestId: row.request_id })),
    )
    return requests.map((r) => first.get(keyOf(r)) === r && fresh.has(keyOf(r)))
  }
  return await store.transaction(work, { failsWhenLocked: true })
}

function keyOf({ portalId, requestId }: SignedRequest): string {
  return `${portalId}:${requestId}`
}
