import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFakeTelegram } from '../test/fakes/telegram.ts'
import { type Child, startChild } from './harness/child.ts'
import { startHub } from './harness/hub.ts'
import { connectLines, inventLines, writeLines } from './harness/lines.ts'
import type { Target } from './harness/probe.ts'
import { openStore, type Store } from './harness/store.ts'
import type { Options, Part } from './options.ts'
import { type RateResult, runFixedRate } from './scenarios/fixed-rate.ts'
import { type LoadOrder, type LoadResult, runFullLoad, warmUp } from './scenarios/full-load.ts'
import { type MemoryResult, runMemory } from './scenarios/memory.ts'
import { startWrk, type WrkReport } from './wrk/run-wrk.ts'

export interface Results {
  readonly store: string
  readonly echo?: WrkReport
  readonly baseline?: { readonly load: LoadResult; readonly rate: RateResult }
  readonly hub?: HubResults
}

export interface HubResults {
  readonly load?: LoadResult
  readonly rate?: RateResult
  readonly memory?: MemoryResult
  /** What its log says at `warn` and above. */
  readonly complaints: readonly string[]
}

/** What every scenario shares. */
interface Bench {
  readonly options: Options
  readonly folder: string
  readonly store: Store
  readonly sink: Child
  readonly sinkUrl: string
  readonly say: (text: string) => void
}

/** Runs every part that was asked for. Whatever was started is ended again, also when one of them fails. */
export async function runBench(options: Options, say: (text: string) => void): Promise<Results> {
  await using things = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'hub-bench-'))
  things.defer(() => rm(folder, { recursive: true, force: true }))
  things.defer(handleSignals(folder))
  const store = things.use(await openStore(options.store, folder))
  const sink = things.use(await startChild('sink', null))
  const bench: Bench = { options, folder, store, sink, sinkUrl: String(sink.ready), say }
  const wants = (...parts: Part[]) => parts.some((part) => options.parts.has(part))
  return {
    store: store.product,
    ...(wants('echo') && { echo: await runEcho(bench) }),
    ...(wants('baseline') && { baseline: await runBaseline(bench) }),
    ...(wants('accept', 'deliver', 'latency', 'memory') && { hub: await runHub(bench) }),
  }
}

/** On Ctrl-C every child ends by itself as this process goes; only the folder has to be cleared. */
function handleSignals(folder: string): () => void {
  const leave = () => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(1)
  }
  process.once('SIGINT', leave).once('SIGTERM', leave)
  return () => void process.off('SIGINT', leave).off('SIGTERM', leave)
}

async function runEcho(bench: Bench): Promise<WrkReport> {
  const { options, folder, say } = bench
  say('koa echo')
  await using echo = await startChild('echo', null)
  const linesFile = await writeLines(folder, 'echo', inventLines(options.lines))
  const order = { url: String(echo.ready), linesFile, connections: options.connections }
  await startWrk({ ...order, seconds: 1 }).report
  return await startWrk({ ...order, seconds: options.seconds }).report
}

/** Longer runs only make the baseline's backlog longer: it delivers less than it takes. */
const BASELINE_RATE_SECONDS = 5

async function runBaseline(bench: Bench): Promise<NonNullable<Results['baseline']>> {
  const { options, store, sink, sinkUrl, say } = bench
  say('baseline: one INSERT per request, polled every second')
  const databaseUrl = await store.createDatabase('baseline')
  await using baseline = await startChild('baseline', { databaseUrl, sinkUrl })
  const targets = inventLines(options.lines)
  const order = await toLoadOrder(bench, 'baseline', {
    url: String(baseline.ready),
    pid: baseline.pid,
    targets,
    probeLine: inventLines(1)[0],
  })
  await warmUp(order)
  const load = await runFullLoad(order)
  say(`baseline: ${options.rate}/s`)
  const { rate } = options
  const rateOrder = { url: order.url, targets, sink, rate, seconds: BASELINE_RATE_SECONDS }
  return { load, rate: await runFixedRate(rateOrder) }
}

async function runHub(bench: Bench): Promise<HubResults> {
  const { options, folder, store, sink, sinkUrl, say } = bench
  say(`hub: ${options.lines} lines`)
  await using telegram = await startFakeTelegram()
  const databaseUrl = await store.createDatabase('hub')
  await using hub = await startHub({ databaseUrl, folder, isProfiled: options.isProfiled })
  const key = await hub.addPortal(sinkUrl)
  const [probeLine, ...targets] = await connectLines(hub, key, telegram, options.lines + 1)
  const order = await toLoadOrder(bench, 'hub', { ...hub, targets, probeLine })
  say('hub: warming up')
  await warmUp(order)
  const results: { -readonly [K in keyof HubResults]?: HubResults[K] } = {}
  if (options.parts.has('accept') || options.parts.has('deliver')) {
    say('hub: full load')
    results.load = await runFullLoad(order)
  }
  if (options.parts.has('latency')) {
    say(`hub: ${options.rate}/s`)
    const { rate, seconds } = options
    results.rate = await runFixedRate({ url: hub.url, targets, sink, rate, seconds })
  }
  if (options.parts.has('memory')) {
    say(`hub: ${options.events} events`)
    results.memory = await runMemory({ ...order, events: options.events, hubPid: hub.pid })
  }
  return { ...results, complaints: await hub.readComplaints() }
}

interface Subject {
  readonly url: string
  readonly pid: number
  readonly targets: readonly Target[]
  readonly probeLine: Target | undefined
}

async function toLoadOrder(bench: Bench, name: string, subject: Subject): Promise<LoadOrder> {
  const { options, folder, store, sink } = bench
  const { url, pid, targets, probeLine } = subject
  if (!probeLine) throw new Error('there is no line for the latency probes')
  const { connections, seconds } = options
  return {
    url,
    linesFile: await writeLines(folder, name, targets),
    probeLine,
    sink,
    connections,
    seconds,
    pids: {
      [name]: pid,
      portal: sink.pid,
      ...(store.pid !== undefined && { store: store.pid }),
    },
  }
}
