import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Figures, Scenario } from '../bench.ts'
import { type FilledPortal, fillLines, withStore } from '../harness/fill.ts'
import { fillWaiting } from '../harness/fill-events.ts'
import { costPerEvent, runFullLoad, warmUp } from '../harness/full-load.ts'
import { makeSecretKey, startHub } from '../harness/hub.ts'
import { watchCpu } from '../harness/proc.ts'
import { type Subject, toLoadOrder, warnOfLosses } from '../harness/subject.ts'

const LINES_PER_PORTAL = 100
const DEAD_SHARE = 0.01
/** Lines that the load goes to, one of each portal in turn. */
const LOADED_LINES = 1000
/** Locks end one after another during the run, as they would: each is one more failed attempt. */
const LOCKED_FOR_MS = [5000, 3_600_000] as const
/** Nobody listens there (discard). */
const DEAD_URL = 'http://127.0.0.1:9/'
const IDLE_SECONDS = 10
const SETTLE_MS = 3000

/** One store with all portals in order, one with a hundredth of them dead: the load is the same on both. */
export const lines: Scenario = {
  name: 'lines',
  about: '100 000 lines, 1 % of portals dead with a million events behind their locks',
  goals: [
    { figure: 'dead ÷ none dead', is: 'at least', than: 0.9 },
    { figure: 'dead: idle, % of a core', is: 'below', than: 3 },
    { figure: 'dead: start-up, s', is: 'below', than: 5 },
  ],
  async run(bench, rounds) {
    const whole = await fill(bench, 'none dead')
    const broken = await fill(bench, 'dead')
    const all: Figures[] = []
    while (all.length < rounds) {
      bench.say(`round ${all.length + 1}`)
      const none = await measure(bench, whole)
      const dead = await measure(bench, broken)
      const before = none['none dead: accepted and delivered/s'] ?? Number.NaN
      const after = dead['dead: accepted and delivered/s'] ?? Number.NaN
      all.push({ ...none, ...dead, 'dead ÷ none dead': after / before })
    }
    return all
  },
}

interface Filled {
  readonly name: 'none dead' | 'dead'
  readonly databaseUrl: string
  readonly secretKey: string
  readonly healthy: readonly FilledPortal[]
}

async function fill(bench: Bench, name: Filled['name']): Promise<Filled> {
  const { options, store, sinkUrl } = bench
  const count = Math.max(100, Math.round(options.manyLines / LINES_PER_PORTAL))
  const dead = name === 'dead' ? Math.round(count * DEAD_SHARE) : 0
  bench.say(`filling in ${count * LINES_PER_PORTAL} lines, ${dead} of ${count} portals dead`)
  const databaseUrl = await store.createDatabase('lines')
  const secretKey = makeSecretKey()
  const portalUrls = Array.from({ length: count }, (_, index) =>
    index < dead ? DEAD_URL : sinkUrl,
  )
  const linesPerPortal = LINES_PER_PORTAL
  const portals = await fillLines({ databaseUrl, secretKey, portalUrls, linesPerPortal })
  const lastLine = dead * LINES_PER_PORTAL
  if (dead > 0) {
    const perLine = Math.max(1, Math.round(options.waiting / lastLine))
    bench.say(`filling in ${perLine * lastLine} events behind locks`)
    const lockedForMs = LOCKED_FOR_MS
    await withStore(databaseUrl, (database) =>
      fillWaiting(database, { firstLine: 1, lastLine, perLine, lockedForMs }),
    )
  }
  return { name, databaseUrl, secretKey, healthy: portals.slice(dead) }
}

async function measure(bench: Bench, filled: Filled): Promise<Figures> {
  const { store, folder, options } = bench
  const { name, databaseUrl, secretKey, healthy } = filled
  const order = { databaseUrl, folder, secretKey, isProfiled: options.isProfiled }
  await using hub = await startHub(order)
  await sleep(SETTLE_MS)
  const readIdle = await watchCpu({
    hub: hub.pid,
    ...(store.pid !== undefined && { store: store.pid }),
  })
  await sleep(IDLE_SECONDS * 1000)
  const idle = await readIdle()
  const load = await loadHealthy(bench, { hub, healthy, name })
  bench.warnOfAll(await hub.readComplaints())
  return {
    [`${name}: start-up, s`]: hub.startMs / 1000,
    [`${name}: idle, % of a core`]: (idle['hub'] ?? Number.NaN) * 100,
    [`${name}: store idle, % of a core`]: (idle['store'] ?? Number.NaN) * 100,
    ...load,
  }
}

async function loadHealthy(
  bench: Bench,
  { hub, healthy, name }: Pick<Filled, 'healthy' | 'name'> & { hub: Pick<Subject, 'url' | 'pid'> },
): Promise<Figures> {
  const rows = Math.ceil(LOADED_LINES / healthy.length)
  const [probeLine, ...targets] = Array.from({ length: rows }, (_, row) =>
    healthy.flatMap((portal) => portal.lines[row] ?? []),
  )
    .flat()
    .slice(0, LOADED_LINES + 1)
  if (!probeLine) throw new Error('there is no line for the latency probes')
  const { url, pid } = hub
  const subject = { name, url, pid, targets, probeLine, storePid: bench.store.pid }
  const order = await toLoadOrder(bench, subject)
  await warmUp(order)
  const load = await runFullLoad(order)
  warnOfLosses(bench, name, load)
  return {
    [`${name}: accepted/s`]: load.acceptedPerSecond,
    [`${name}: accepted and delivered/s`]: load.throughPerSecond,
    [`${name}: hub, processor time per event, µs`]: costPerEvent(load, name),
    [`${name}: store, processor time per event, µs`]: costPerEvent(load, 'store'),
    [`${name}: out of order`]: load.check.disordered,
  }
}
