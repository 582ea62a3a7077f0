import { setTimeout as sleep } from 'node:timers/promises'
import { createHub } from '../../src/client/hub.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { startChild } from '../harness/child.ts'
import { withStore } from '../harness/fill.ts'
import { makeSecretKey, type PortalKey, startHub } from '../harness/hub.ts'
import { readChildren, readRssMiB, watchCpu } from '../harness/proc.ts'
import type { VisitorsOrder, VisitorsReport, VisitorsRun } from '../processes/visitors.ts'

const VISITORS = 10_000
const LINES = 10
/** Messages per second, each way. */
const TRAFFIC = 100
const WARM_UP_SECONDS = 3
const PROCESSES = [1, 2] as const
const LOOK_EVERY_MS = 500

/** Many visitors with an open chat, and messages both ways meanwhile. */
export const webchat: Scenario = {
  name: 'webchat',
  about: `${VISITORS} visitors of web chats at once, ${TRAFFIC} messages/s each way`,
  goals: [
    { figure: 'memory, MiB', is: 'below', than: 954 },
    ...PROCESSES.flatMap((count) => [
      { figure: named('to the page p99, ms', count), is: 'below' as const, than: 500 },
      { figure: named('post answered p99, ms', count), is: 'below' as const, than: 500 },
      { figure: named('lost', count), is: 'at most' as const, than: 0 },
    ]),
  ],
  run: (bench, rounds) => inRounds(rounds, (round) => runRound(bench, round)),
}

function named(figure: string, processes: number): string {
  return processes === 1 ? figure : `${processes} processes: ${figure}`
}

async function runRound(bench: Bench, round: number): Promise<Figures> {
  let figures: Figures = {}
  for (const processes of PROCESSES) {
    bench.say(`round ${round}: ${VISITORS} visitors, ${processes} of the hub's processes`)
    const measured = await measure(bench, processes)
    figures = {
      ...figures,
      ...Object.fromEntries(
        Object.entries(measured).map(([name, value]) => [named(name, processes), value]),
      ),
    }
  }
  return figures
}

async function measure(bench: Bench, processes: number): Promise<Figures> {
  const databaseUrl = await bench.store.createDatabase('webchat')
  // Beforehand, so that two processes don't meet at it.
  await withStore(databaseUrl, migrateUp)
  await using hub = await startHub({
    ...{ databaseUrl, folder: bench.folder, secretKey: makeSecretKey() },
    isProfiled: bench.options.isProfiled,
    env: { HUB_WORKERS: String(processes) },
  })
  const portal = await hub.addPortal(bench.sinkUrl)
  const order: VisitorsOrder = {
    ...{ url: hub.url, portal, visitors: VISITORS },
    lines: await connect(hub.url, portal),
  }
  const before = await readTreeMiB(hub.pid)
  await using visitors = await startChild('visitors', order)
  await visitors.ask('run', { rate: TRAFFIC, seconds: WARM_UP_SECONDS } satisfies VisitorsRun)
  const { pid } = bench.store
  const cpu = await watchCpu({ hub: hub.pid, ...(pid !== undefined && { store: pid }) })
  const watching = watchMemory(hub.pid)
  const report = await visitors.ask<VisitorsReport>('run', {
    rate: TRAFFIC,
    seconds: bench.options.seconds,
  })
  const shares = await cpu()
  const memory = await watching.end()
  bench.warnOfAll(await hub.readComplaints())
  if (report.refused > 0) bench.warn(`${report.refused} of ${report.sent} messages were refused`)
  return {
    'memory, MiB': memory,
    'memory without visitors, MiB': before,
    'to the page p50, ms': report.fromAccepted.p50,
    'to the page p99, ms': report.fromAccepted.p99,
    'to the page from the call p50, ms': report.toPages.p50,
    'to the page from the call p99, ms': report.toPages.p99,
    'post answered p50, ms': report.posts.p50,
    'post answered p99, ms': report.posts.p99,
    lost: report.lost + report.repeated + report.refused + VISITORS - report.open,
    'hub, % of a core': 100 * (shares['hub'] ?? Number.NaN),
    ...(pid !== undefined && { 'store, % of a core': 100 * (shares['store'] ?? Number.NaN) }),
    'generator late p99, ms': report.late.p99,
  }
}

async function connect(url: string, { id, secret }: PortalKey): Promise<VisitorsOrder['lines']> {
  const portal = createHub({ url, portal: id, secret })
  const lines: { id: string; hash: string }[] = []
  for (let number = 1; number <= LINES; number++) {
    const place = { connector: 'webchat', line: `shop-${number}` }
    const settings = { title: 'Garden shop', origins: 'https://shop.example' }
    await portal.$call('saveSettings', { ...place, settings })
    const report = (await portal.$call('testConnect', place)) as {
      ok: boolean
      status: { webhookUrl: string }
    }
    if (!report.ok) throw new Error(`the line was not connected: ${JSON.stringify(report)}`)
    const hash = new URL(report.status.webhookUrl).searchParams.get('hash') ?? ''
    lines.push({ id: place.line, hash })
  }
  return lines
}

/** Of all the hub's processes together. */
async function readTreeMiB(pid: number): Promise<number> {
  const below = await Promise.all((await readChildren(pid)).map(readTreeMiB))
  return below.reduce((sum, mib) => sum + mib, await readRssMiB(pid))
}

/** The most that was seen until it is ended. */
function watchMemory(pid: number): { end(): Promise<number> } {
  const ended = new AbortController()
  const watching = (async () => {
    let most = 0
    while (!ended.signal.aborted) {
      most = Math.max(most, await readTreeMiB(pid))
      await sleep(LOOK_EVERY_MS)
    }
    return most
  })()
  return {
    end() {
      ended.abort()
      return watching
    },
  }
}
