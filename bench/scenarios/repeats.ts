import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { type FilledPortal, fillLines, withStore } from '../harness/fill.ts'
import { fillMemory } from '../harness/fill-memory.ts'
import { costPerEvent, runFullLoad, warmUp } from '../harness/full-load.ts'
import { makeSecretKey, startHub } from '../harness/hub.ts'
import { readCpuSeconds, readRssMiB } from '../harness/proc.ts'
import { toLoadOrder, warnOfLosses } from '../harness/subject.ts'

const LINES_PER_PORTAL = 100
const REMEMBERED = 4_000_000
const WARM_UP_EVENTS = 60_000
const READ_TIMEOUT_MS = 300_000
const SETTLE_MS = 3000

/** What it costs to remember: one store with a day's updates in its memory, one with none. */
export const repeats: Scenario = {
  name: 'repeats',
  about:
    '100 000 lines, none or 4 million remembered updates, the same load over all lines, none twice for a control (mysql only)',
  goals: [
    { figure: 'processor time per event, remembered ÷ none', is: 'at most', than: 1.1 },
    { figure: 'pages read per event, beyond none', is: 'below', than: 0.01 },
  ],
  async run(bench, rounds) {
    if (bench.options.store !== 'mysql') {
      bench.warn('repeats: left out, the memory is filled in by MariaDB alone')
      return []
    }
    const empty = await fill(bench, 'none', 0)
    const full = await fill(bench, '4 million', REMEMBERED)
    return await inRounds(rounds, async (round) => {
      bench.say(`round ${round}: none remembered, then ${REMEMBERED}`)
      const none = await measure(bench, empty)
      const remembered = await measure(bench, full)
      const again = await measure(bench, { ...empty, name: 'none again' })
      const pagesOf = (figures: Figures, name: string): number =>
        figures[`${name}: pages read per event`] ?? Number.NaN
      const costOf = (figures: Figures, name: string): number =>
        (figures[`${name}: hub, processor time per event, µs`] ?? Number.NaN) +
        (figures[`${name}: store, processor time per event, µs`] ?? Number.NaN)
      return {
        ...none,
        ...remembered,
        ...again,
        'processor time per event, remembered ÷ none':
          (2 * costOf(remembered, full.name)) /
          (costOf(none, empty.name) + costOf(again, 'none again')),
        // The lines themselves are read, too: there are more of them than fit into the pool with all that they have.
        'pages read per event, beyond none':
          pagesOf(remembered, full.name) -
          (pagesOf(none, empty.name) + pagesOf(again, 'none again')) / 2,
        'none again ÷ none (control)': costOf(again, 'none again') / costOf(none, empty.name),
      }
    })
  },
}

interface Filled {
  readonly name: string
  readonly databaseUrl: string
  readonly secretKey: string
  readonly portals: readonly FilledPortal[]
  readonly isRemembering: boolean
}

async function fill(bench: Bench, name: string, remembered: number): Promise<Filled> {
  const { options, store, sinkUrl } = bench
  const count = Math.max(1, Math.round(options.manyLines / LINES_PER_PORTAL))
  bench.say(`filling in ${count * LINES_PER_PORTAL} lines and ${remembered} remembered updates`)
  const databaseUrl = await store.createDatabase('repeats')
  const secretKey = makeSecretKey()
  const portalUrls = Array.from({ length: count }, () => sinkUrl)
  const linesPerPortal = LINES_PER_PORTAL
  const portals = await fillLines({ databaseUrl, secretKey, portalUrls, linesPerPortal })
  if (remembered > 0) {
    await withStore(databaseUrl, (database) => fillMemory(database, remembered))
  }
  return { name, databaseUrl, secretKey, portals, isRemembering: remembered > 0 }
}

async function measure(bench: Bench, filled: Filled): Promise<Figures> {
  const { store, folder, options } = bench
  const { name, databaseUrl, secretKey, portals, isRemembering } = filled
  const startedAt = performance.now()
  const hubOrder = { databaseUrl, folder, secretKey, isProfiled: options.isProfiled }
  await using hub = await startHub(hubOrder)
  if (isRemembering) await hub.hasSaid('repeats.read', READ_TIMEOUT_MS)
  else await sleep(SETTLE_MS)
  const readMs = performance.now() - startedAt
  const readCpu = await readCpuSeconds(hub.pid)
  const [probeLine, ...targets] = portals.flatMap(({ lines }) => lines)
  if (!probeLine) throw new Error('there is no line for the latency probes')
  const { url, pid } = hub
  const subject = { name, url, pid, targets, probeLine, storePid: store.pid }
  const order = await toLoadOrder(bench, subject)
  await warmUp(order, WARM_UP_EVENTS)
  const before = await readStatus(databaseUrl, 'Innodb_buffer_pool_reads')
  const load = await runFullLoad(order)
  const pages = (await readStatus(databaseUrl, 'Innodb_buffer_pool_reads')) - before
  warnOfLosses(bench, name, load)
  const rss = await readRssMiB(pid)
  bench.warnOfAll(await hub.readComplaints())
  return {
    [`${name}: until the memory is read, s`]: readMs / 1000,
    [`${name}: hub's processor time until then, s`]: readCpu,
    [`${name}: accepted and delivered/s`]: load.throughPerSecond,
    [`${name}: hub, processor time per event, µs`]: costPerEvent(load, name),
    [`${name}: store, processor time per event, µs`]: costPerEvent(load, 'store'),
    [`${name}: pages read per event`]: pages / load.check.accepted,
    [`${name}: hub's resident memory, MiB`]: rss,
  }
}

async function readStatus(databaseUrl: string, name: string): Promise<number> {
  const rows = await withStore(databaseUrl, (store) =>
    store.rows<{ Value: string }>(`SHOW GLOBAL STATUS LIKE '${name}'`),
  )
  return Number(rows[0]?.Value)
}
