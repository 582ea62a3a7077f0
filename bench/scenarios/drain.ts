import { createHub } from '../../src/client/hub.ts'
import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { fillLines, withStore } from '../harness/fill.ts'
import { fillWaiting } from '../harness/fill-events.ts'
import { makeSecretKey, startHub } from '../harness/hub.ts'
import { readRssMiB } from '../harness/proc.ts'
import { drain, type SinkStats } from '../harness/sink-stats.ts'

const LOCKED_MS = 6 * 3_600_000
const SAMPLE_MS = 500

/** A portal was away for long and is back: everything that waited must come, in order, without filling the hub's memory. */
export const drainLine: Scenario = {
  name: 'drain',
  about: 'a million events of one line, whose portal is back',
  goals: [
    { figure: 'delivered/s', is: 'at least', than: 5000 },
    { figure: 'out of order', is: 'at most', than: 0 },
    { figure: 'missing', is: 'at most', than: 0 },
    { figure: 'peak memory, MiB', is: 'below', than: 300 },
  ],
  run: (bench, rounds) => inRounds(rounds, (round) => drainOnce(bench, round)),
}

async function drainOnce(bench: Bench, round: number): Promise<Figures> {
  const { options, store, folder, sink, sinkUrl } = bench
  const count = options.waiting
  bench.say(`round ${round}: filling in ${count} events`)
  const databaseUrl = await store.createDatabase('drain')
  const secretKey = makeSecretKey()
  const portalUrls = [sinkUrl]
  const [portal] = await fillLines({ databaseUrl, secretKey, portalUrls, linesPerPortal: 1 })
  const line = portal?.lines[0]
  if (!portal || !line) throw new Error('there is no line')
  const lockedForMs = [LOCKED_MS, LOCKED_MS] as const
  await withStore(databaseUrl, (database) =>
    fillWaiting(database, { firstLine: 1, lastLine: 1, perLine: count, lockedForMs }),
  )
  await using hub = await startHub({
    ...{ databaseUrl, folder, secretKey },
    isProfiled: options.isProfiled,
  })
  await sink.ask('reset')
  bench.say(`round ${round}: the portal is back`)
  const rss: number[] = [await readRssMiB(hub.pid)]
  const timer = setInterval(() => void sample(), SAMPLE_MS)
  const sample = async () => void rss.push(await readRssMiB(hub.pid))
  try {
    const methods = createHub<'retryNow'>({
      url: hub.url,
      portal: portal.id,
      secret: portal.secret,
    })
    const startedAt = performance.now()
    await methods.retryNow({ connector: 'telegram', line: line.externalId })
    const stats = await drain(sink, count)
    const seconds = (performance.now() - startedAt) / 1000
    bench.warnOfAll(await hub.readComplaints())
    return { ...toFigures(stats, count, seconds), ...toMemory(rss) }
  } finally {
    clearInterval(timer)
  }
}

function toFigures(stats: SinkStats, count: number, seconds: number): Figures {
  return {
    'delivered/s': stats.bulk / seconds,
    'through, s': seconds,
    'events per packet': stats.events / stats.packets,
    'out of order': stats.disordered,
    missing: count - stats.bulk,
    repeated: stats.repeated,
  }
}

function toMemory(rss: readonly number[]): Figures {
  const at = (share: number) => rss[Math.floor(share * (rss.length - 1))] ?? Number.NaN
  return {
    'memory at the start, MiB': at(0),
    'memory at a quarter, MiB': at(0.25),
    'memory at a half, MiB': at(0.5),
    'memory at the end, MiB': at(1),
    'peak memory, MiB': Math.max(...rss),
  }
}
