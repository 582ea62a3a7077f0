import { createHash, randomBytes } from 'node:crypto'
import { addSession } from '../../src/db/console/sessions.ts'
import type { Store } from '../../src/db/engine/store.ts'
import type { FilledPortal } from './fill.ts'

const HOUR_MS = 3_600_000

/** Lines that few have something in common with: among the last, where a search comes to them late. */
export const ODD = {
  /** Of lines whose account, name and line are like no other's. */
  text: 'Odd One',
  connector: 'vk',
  status: 'displaced',
  health: 'broken',
} as const

/** Health of every line, and a few lines of another kind at the end. */
export async function varyLines(store: Store, count: number): Promise<void> {
  await store.run(
    `INSERT INTO line_health (line_id, connector, state, since, checked_at)
     SELECT id, connector, CASE WHEN id % 100 = 0 THEN 'degraded' ELSE 'ok' END, created_at, created_at FROM line`,
    [],
  )
  const few = Math.max(10, Math.floor(count / 2000))
  const from = count - 4 * few
  await store.run('UPDATE line SET connector = ? WHERE id > ? AND id <= ?', [
    ...[ODD.connector, from, from + few],
  ])
  await store.run('UPDATE line SET status = ? WHERE id > ? AND id <= ?', [
    ...[ODD.status, from + few, from + 2 * few],
  ])
  await store.run('UPDATE line_health SET state = ? WHERE line_id > ? AND line_id <= ?', [
    ...[ODD.health, from + 2 * few, from + 3 * few],
  ])
  await store.run('UPDATE line SET name = ? WHERE id > ?', [ODD.text, count - few])
}

/** Sessions of administrators, one of each portal, as their cookies. */
export async function openSessions(
  store: Store,
  portals: readonly FilledPortal[],
): Promise<string[]> {
  const cookies: string[] = []
  for (const { id: portalId } of portals) {
    const secret = randomBytes(32).toString('base64url')
    const hash = createHash('sha256').update(secret).digest('base64url')
    await addSession(store, hash, { kind: 'portal', portalId }, Date.now() + HOUR_MS)
    cookies.push(`hub_session=${secret}`)
  }
  return cookies
}
