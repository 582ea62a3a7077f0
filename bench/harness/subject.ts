import { given } from '../../src/core/given.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { type FakeTelegram, startFakeTelegram } from '../../test/fakes/telegram.ts'
import type { Bench } from '../bench.ts'
import { withStore } from './fill.ts'
import type { LoadOrder, LoadResult } from './full-load.ts'
import { type HubProcess, type PortalKey, startHub } from './hub.ts'
import { connectLines, writeLines } from './lines.ts'
import type { Target } from './probe.ts'

/** Anything that takes updates and brings them to the portal. */
export interface Subject {
  readonly name: string
  readonly url: string
  readonly pid: number
  readonly targets: readonly Target[]
  /** Where the latency probes go: a line without other load. */
  readonly probeLine: Target
  /** Of what it keeps its events in. */
  readonly storePid?: number | undefined
}

export interface HubSubject extends Subject, AsyncDisposable {
  readonly hub: HubProcess
  readonly key: PortalKey
  readonly telegram: FakeTelegram
  readonly databaseUrl: string
}

/** A hub on an empty store, with lines of one portal that are connected as everybody's are: by `testConnect`. */
export async function openHub(
  bench: Bench,
  env: Readonly<Record<string, string>> = {},
  { secretKey, program }: { readonly secretKey?: string; readonly program?: string } = {},
): Promise<HubSubject> {
  const { options, store, folder, sinkUrl } = bench
  const things = new AsyncDisposableStack()
  try {
    const telegram = things.use(await startFakeTelegram())
    const databaseUrl = await store.createDatabase('hub')
    // Beforehand: it is not the first start that is measured, nor two processes that meet at it.
    await withStore(databaseUrl, migrateUp)
    const order = { databaseUrl, folder, isProfiled: options.isProfiled, env }
    const hub = things.use(await startHub({ ...order, ...given({ secretKey, program }) }))
    things.defer(async () => bench.warnOfAll(await hub.readComplaints()))
    const key = await hub.addPortal(sinkUrl)
    const [probeLine, ...targets] = await connectLines(hub, key, telegram, options.lines + 1)
    if (!probeLine) throw new Error('there is no line for the latency probes')
    const { url, pid } = hub
    return {
      ...{ name: 'hub', url, pid, targets, probeLine, storePid: store.pid },
      ...{ hub, key, telegram, databaseUrl },
      [Symbol.asyncDispose]: () => things.disposeAsync(),
    }
  } catch (error) {
    await things.disposeAsync()
    throw error
  }
}

export async function toLoadOrder(bench: Bench, subject: Subject): Promise<LoadOrder> {
  const { options, folder, sink } = bench
  const { name, url, pid, targets, probeLine, storePid } = subject
  return {
    url,
    linesFile: await writeLines(folder, name.replaceAll(' ', '-'), targets),
    probeLine,
    sink,
    connections: options.connections,
    seconds: options.seconds,
    pids: {
      [name]: pid,
      portal: sink.pid,
      ...(storePid !== undefined && { store: storePid }),
    },
  }
}

/** Says so when not exactly what was accepted has arrived, or the generator had trouble. */
export function warnOfLosses(bench: Bench, name: string, { check, wrk }: LoadResult): void {
  const { accepted, arrived, repeated, isExact } = check
  if (!isExact) bench.warn(`${name}: ${accepted} accepted, but ${arrived} arrived`)
  if (repeated > 0) bench.warn(`${name}: ${repeated} came more than once although nothing failed`)
  if (wrk.refused + wrk.broken > 0) {
    bench.warn(`${name}: ${wrk.refused} updates refused, ${wrk.broken} connections broken`)
  }
}
