import type { TestHub } from './hub.ts'
import { waitFor } from './wait-for.ts'

const UNDER_WAY = `SELECT line_id FROM outbox_message WHERE state = 'sending'
  UNION ALL SELECT line_id FROM inbox_line WHERE owner IS NOT NULL`

/**
 * Until the hub has noted what portals and messengers have answered. They have seen a request before that: a clock that is
 * turned, or an answer that is changed, in between finds the hub waiting still, and it sends again or begins its lock later.
 */
export async function nothingUnderWay({ app }: TestHub): Promise<void> {
  const { store } = app.services
  await waitFor(async () => (await store.rows(UNDER_WAY)).length === 0, 'all answers to be noted')
}
