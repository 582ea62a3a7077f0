import { Pool } from 'undici'
import { insertSlot } from '../../src/db/communications/notification-slots.ts'
import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { type FilledPortal, fillLines, withStore } from '../harness/fill.ts'
import { makeSecretKey, startHub } from '../harness/hub.ts'

const PORTALS = 50
const LINES = 2
const REQUESTS = 10_000
const AT_ONCE = 64
const HASH = 'f'.repeat(32)

/** What other systems ask for, as fast as it is taken. */
export const notifications: Scenario = {
  name: 'notifications',
  about: 'notifications that other systems ask for, accepted durably, of 50 portals',
  goals: [
    { figure: 'accepted/s', is: 'at least', than: 500 },
    { figure: 'p99, ms', is: 'below', than: 500 },
    { figure: 'refused', is: 'at most', than: 0 },
    { figure: 'missing', is: 'at most', than: 0 },
  ],
  run: (bench, rounds) => inRounds(rounds, (round) => runRound(bench, round)),
}

async function runRound(bench: Bench, round: number): Promise<Figures> {
  const { store, folder, options, sinkUrl } = bench
  const databaseUrl = await store.createDatabase('notifications')
  const secretKey = makeSecretKey()
  const portalUrls = Array.from({ length: PORTALS }, () => sinkUrl)
  const portals = await fillLines({ databaseUrl, secretKey, portalUrls, linesPerPortal: LINES })
  const paths = await addSlots(databaseUrl, portals)
  bench.say(`round ${round}: ${REQUESTS} requests`)
  const order = { databaseUrl, folder, secretKey, isProfiled: options.isProfiled }
  await using hub = await startHub({ ...order, env: { HUB_ROLES: 'ingress' } })
  const { perSecond, p99, refused } = await post(hub.url, paths)
  const kept = await withStore(databaseUrl, async (opened) => {
    const rows = await opened.rows<{ count: number }>(
      'SELECT COUNT(*) AS count FROM notification_task',
    )
    return Number(rows[0]?.count)
  })
  bench.warnOfAll(await hub.readComplaints())
  return { 'accepted/s': perSecond, 'p99, ms': p99, refused, missing: REQUESTS - refused - kept }
}

/** A slot for each line, of portals whose limit isn't what is measured. */
async function addSlots(databaseUrl: string, portals: readonly FilledPortal[]): Promise<string[]> {
  return await withStore(databaseUrl, async (store) => {
    await store.run('UPDATE portal SET notification_rate = 10000')
    const paths: string[] = []
    for (const { id: portalId, lines } of portals) {
      for (const { id: lineId, externalId: line } of lines) {
        const destination = { connector: 'telegram', line }
        const template = { templateName: 'order', namespace: 'shop', language: 'en' }
        const config = { name: 'Order', destination, ...template, text: '{{ data.order }}' }
        const id = await insertSlot(store, { portalId, lineId, hash: HASH, config }, Date.now())
        paths.push(`/notification/${id}::${HASH}/chat`)
      }
    }
    return paths
  })
}

async function post(
  url: string,
  paths: readonly string[],
): Promise<{ readonly perSecond: number; readonly p99: number; readonly refused: number }> {
  const pool = new Pool(url, { connections: AT_ONCE })
  const headers = { 'content-type': 'application/json' }
  const times: number[] = []
  let next = 0
  let refused = 0
  const work = async (): Promise<void> => {
    while (next < REQUESTS) {
      const order = next++
      const body = JSON.stringify({ chat_id: String(1000 + (order % 5000)), order, name: 'Eve' })
      const path = paths[order % paths.length] ?? ''
      const startedAt = performance.now()
      const answer = await pool.request({ method: 'POST', path, headers, body })
      await answer.body.dump()
      times.push(performance.now() - startedAt)
      if (answer.statusCode !== 200) refused += 1
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const seconds = (performance.now() - startedAt) / 1000
  await pool.close()
  times.sort((a, b) => a - b)
  return {
    perSecond: REQUESTS / seconds,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
    refused,
  }
}
