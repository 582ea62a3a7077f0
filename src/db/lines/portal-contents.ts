import { orderedJoin } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { LANE_NUMBER, type OutboxLane } from '../outbox/messages.ts'
import { messagesByPile } from '../outbox/piles.ts'

/** What hangs on a portal, in numbers. */
export interface PortalContents {
  readonly lines: number
  readonly connected: number
  /** Events that wait for the portal. */
  readonly events: number
  /** Messages that wait for channels. */
  readonly messages: number
  readonly deadLetters: number
}

/** Counts every row, which takes seconds where millions wait. Throws StoreUnavailableError. */
export async function readPortalContents(store: Store, portalId: string): Promise<PortalContents> {
  const count = async (rows: string): Promise<number> => {
    const sql = `SELECT COUNT(*) AS count FROM line ${rows}`
    const [row] = await store.rows<{ count: number | string }>(sql, [portalId])
    return Number(row?.count ?? 0)
  }
  const own = 'WHERE line.portal_id = ?'
  // From the lines to their messages, each lane apart: only then does an index lead past what has been sent.
  const waiting = (lane: OutboxLane): Promise<number> =>
    count(
      `${orderedJoin(store)} ${messagesByPile(store)} ON outbox_message.line_id = line.id
       AND outbox_message.pile = ${LANE_NUMBER[lane]} ${own}`,
    )
  return {
    lines: await count(own),
    connected: await count(`${own} AND line.status IN ('connected', 'failing')`),
    events: await count(`JOIN inbox_event ON inbox_event.line_id = line.id ${own}`),
    messages: (await waiting('dialogue')) + (await waiting('bulk')),
    deadLetters: await count(`JOIN dead_letter ON dead_letter.line_id = line.id ${own}`),
  }
}
