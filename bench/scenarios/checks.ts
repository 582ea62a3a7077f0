import { parseConfig } from '#config'
import { connectors } from '#connectors'
import { type App, startApp } from '../../src/app.ts'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import { createRootLog } from '../../src/log/index.ts'
import { inRounds, type Scenario } from '../bench.ts'
import { fillLines } from '../harness/fill.ts'
import { makeSecretKey } from '../harness/hub.ts'

const LINES_PER_PORTAL = 100
const SECONDS = 30
const RATE = 20

/** What do the checks of many lines cost the hub itself, while their channels answer at once? */
export const checks: Scenario = {
  name: 'checks',
  about: 'checks of --many-lines lines at the usual rate: share of a core, statements per line',
  goals: [
    { figure: 'share of a core, %', is: 'below', than: 3 },
    { figure: 'statements per line', is: 'below', than: 1 },
    { figure: 'counting lines by health, ms', is: 'below', than: 50 },
  ],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      const { manyLines } = bench.options
      bench.say(`round ${round}: ${manyLines} lines`)
      const secretKey = makeSecretKey()
      const databaseUrl = await bench.store.createDatabase('checks')
      await fillLines({
        ...{ databaseUrl, secretKey, linesPerPortal: LINES_PER_PORTAL },
        portalUrls: Array.from({ length: manyLines / LINES_PER_PORTAL }, () => bench.sinkUrl),
      })
      const asked = { lines: 0 }
      const config = parseConfig({
        HUB_DATABASE_URL: databaseUrl,
        HUB_SECRET_KEY: secretKey,
        HUB_PORT: '0',
        HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
        HUB_CHECK_RATE: String(RATE),
        HUB_LOG_LEVEL: 'warn',
      })
      const log = createRootLog('warn', [], process.stderr)
      const app = await startApp(config, {
        log,
        connectors: connectors.map((one) => still(one, asked)),
      })
      try {
        return await measure(app, asked)
      } finally {
        await app.stop()
      }
    }),
}

/** The connector with a channel that answers every check at once. */
function still(descriptor: ConnectorDescriptor, asked: { lines: number }): ConnectorDescriptor {
  return {
    ...descriptor,
    create: (context) => ({
      ...descriptor.create(context),
      check: async () => {
        asked.lines += 1
        return []
      },
    }),
  }
}

async function measure(app: App, asked: { lines: number }) {
  const { store, lineChecks } = app.services
  let statements = 0
  store.knex.on('query', () => {
    statements += 1
  })
  const run = async (seconds: number) => {
    const before = { ...asked, statements, cpu: process.cpuUsage(), at: performance.now() }
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    const { user, system } = process.cpuUsage(before.cpu)
    return {
      lines: asked.lines - before.lines,
      statements: statements - before.statements,
      share: (user + system) / 1000 / (performance.now() - before.at),
    }
  }
  // The round begins with a look at all lines; until then nothing is due.
  await run(SECONDS / 3)
  await store.run('UPDATE line_health SET due_at = NULL')
  const idle = await run(SECONDS / 3)
  await store.run("UPDATE line_health SET due_at = line_id, state = 'ok'")
  const busy = await run(SECONDS)
  const startedAt = performance.now()
  await lineChecks.countLinesByHealth()
  return {
    'checks/s': busy.lines / SECONDS,
    'share of a core, %': 100 * (busy.share - idle.share),
    'statements per line': (busy.statements - 3 * idle.statements) / busy.lines,
    'counting lines by health, ms': performance.now() - startedAt,
  }
}
