import { parseConfig } from '#config'
import { type App, startApp } from '../../src/app.ts'
import { createRootLog } from '../../src/log/index.ts'
import { inRounds, type Scenario } from '../bench.ts'
import { fillLines } from '../harness/fill.ts'
import { makeSecretKey } from '../harness/hub.ts'

const LINES_PER_PORTAL = 100
const SCRAPES = 12
/** Longer than a look into the store is good for, so that most scrapes begin one. */
const PAUSE_MS = 1500
/** Lines that wait for their portal, each with an event. */
const WAITING = 10_000
const FAR_MS = 86_400_000

/** How long does a scrape of a hub with many lines take? */
export const scrape: Scenario = {
  name: 'scrape',
  about: '/metrics with --many-lines lines, idle and with 10 000 that wait',
  goals: [{ figure: 'slowest scrape, ms', is: 'below', than: 50 }],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      const { manyLines } = bench.options
      bench.say(`round ${round}: ${manyLines} lines`)
      const secretKey = makeSecretKey()
      const databaseUrl = await bench.store.createDatabase('scrape')
      await fillLines({
        ...{ databaseUrl, secretKey, linesPerPortal: LINES_PER_PORTAL },
        portalUrls: Array.from({ length: manyLines / LINES_PER_PORTAL }, () => bench.sinkUrl),
      })
      const config = parseConfig({
        HUB_DATABASE_URL: databaseUrl,
        HUB_SECRET_KEY: secretKey,
        HUB_PORT: '0',
        HUB_ADMIN_LISTEN: '127.0.0.1:0',
        HUB_ROLES: 'ingress',
        HUB_LOG_LEVEL: 'warn',
      })
      const app = await startApp(config, { log: createRootLog('warn', [], process.stderr) })
      try {
        return await measure(app)
      } finally {
        await app.stop()
      }
    }),
}

async function measure(app: App) {
  const { store } = app.services
  await timeScrape(app)
  const idle = await timeScrapes(app)
  const at = Date.now()
  await store.run(
    `UPDATE inbox_line SET due_at = ?, locked_until = ? WHERE line_id IN (SELECT id FROM line WHERE id <= ${WAITING})`,
    [at + FAR_MS, at + FAR_MS],
  )
  await store.run(
    `INSERT INTO inbox_event (line_id, seq, type, payload, created_at)
     SELECT line_id, 1, 'message.new', '{}', ? FROM inbox_line WHERE due_at IS NOT NULL`,
    [at],
  )
  const waiting = await timeScrapes(app)
  return {
    'slowest idle, ms': Math.max(...idle),
    'slowest waiting, ms': Math.max(...waiting),
    'slowest scrape, ms': Math.max(...idle, ...waiting),
  }
}

async function timeScrapes(app: App): Promise<number[]> {
  const times: number[] = []
  for (let count = 0; count < SCRAPES; count++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    times.push(await timeScrape(app))
  }
  return times
}

async function timeScrape({ adminUrl }: App): Promise<number> {
  const startedAt = performance.now()
  const response = await fetch(`${adminUrl}/metrics`)
  await response.text()
  return performance.now() - startedAt
}
