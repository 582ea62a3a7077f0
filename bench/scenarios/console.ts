import { randomBytes } from 'node:crypto'
import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { type Child, startChild } from '../harness/child.ts'
import { ODD, openSessions, varyLines } from '../harness/console-fill.ts'
import { type FilledPortal, fillLines, withStore } from '../harness/fill.ts'
import { type HubProcess, makeSecretKey, startHub } from '../harness/hub.ts'
import { probe, type Target } from '../harness/probe.ts'
import { watchCpu } from '../harness/proc.ts'
import type { ConsolesOrder, ConsolesReport } from '../processes/consoles.ts'

const LINES_PER_PORTAL = 100
/** Each page is asked for this often: the middle one counts, for others use this machine too. */
const ASKED = 5
const DEEP_PAGES = 20
/** Updates per second while consoles are watched. */
const TRAFFIC = 20
const OPERATORS = 100
const PORTALS = 100
/** Consoles with an open line. */
const WITH_LINE = 50

/** Lists of many lines, and many consoles that watch the hub work. */
export const console: Scenario = {
  name: 'console',
  about: 'the admin API: pages of --many-lines lines, and 200 open consoles',
  goals: [
    { figure: 'slowest page, ms', is: 'below', than: 200 },
    { figure: '200 consoles, % of a core', is: 'below', than: 5 },
    { figure: 'consoles lost', is: 'at most', than: 0 },
  ],
  run: (bench, rounds) => inRounds(rounds, (round) => runRound(bench, round)),
}

async function runRound(bench: Bench, round: number): Promise<Figures> {
  const { store, folder, options, sinkUrl } = bench
  const { manyLines } = options
  bench.say(`round ${round}: ${manyLines} lines`)
  const databaseUrl = await store.createDatabase('console')
  const secretKey = makeSecretKey()
  const portals = await fillLines({
    ...{ databaseUrl, secretKey, linesPerPortal: LINES_PER_PORTAL },
    portalUrls: Array.from({ length: manyLines / LINES_PER_PORTAL }, () => sinkUrl),
  })
  const watched = portals.slice(0, PORTALS)
  const cookies = await withStore(databaseUrl, async (opened) => {
    await varyLines(opened, manyLines)
    return await openSessions(opened, watched)
  })
  const token = randomBytes(24).toString('base64url')
  const order = { databaseUrl, folder, secretKey, isProfiled: options.isProfiled }
  await using hub = await startHub({ ...order, env: { HUB_ADMIN_TOKEN: token } })
  const headers = { authorization: `Bearer ${token}` }
  const pages = await timePages(hub, headers, portals)
  for (const [name, ms] of Object.entries(pages)) bench.say(`${name}: ${ms.toFixed(0)} ms`)
  const consoles = { headers, cookies, portals: watched }
  const watching = await measureConsoles(bench, hub, consoles)
  bench.warnOfAll(await hub.readComplaints())
  return { ...pages, 'slowest page, ms': Math.max(...Object.values(pages)), ...watching }
}

type Headers = Readonly<Record<string, string>>

/** What each kind of page takes, ms. */
async function timePages(
  hub: HubProcess,
  headers: Headers,
  portals: readonly FilledPortal[],
): Promise<Record<string, number>> {
  const last = portals.at(-1)?.id ?? ''
  const searches: Record<string, Record<string, string>> = {
    'first page': {},
    'largest page': { limit: '200' },
    'of the last portal': { portal: last },
    'of a rare connector': { connector: ODD.connector },
    'of a rare status': { status: ODD.status },
    'of a status that no line has': { status: 'saved' },
    'of a rare health': { health: ODD.health },
    'of a common health': { health: 'ok' },
    'of unknown health': { health: 'unknown' },
    'text of all': { q: 'bench' },
    'text of few': { q: ODD.text },
    'text of few, other letters': { q: 'ödd ÖNE' },
    'text of nobody': { q: 'nobody has this' },
    'text of one account': { q: String(700_000_000 + portals.length * LINES_PER_PORTAL - 1) },
    'text of a portal': { q: `bench ${portals.length - 1}` },
    'text of nobody, and all filters': {
      ...{ q: 'nobody has this', connector: 'telegram', status: 'connected', health: 'ok' },
    },
  }
  const times: Record<string, number> = {}
  for (const [name, search] of Object.entries(searches)) {
    times[`${name}, ms`] = await middle(() => get(hub, headers, search))
  }
  const cursor = await followPages(hub, headers)
  times['deep page, ms'] = await middle(() => get(hub, headers, { cursor }))
  times['last page, ms'] = await middle(() =>
    get(hub, headers, { cursor: String(portals.length * LINES_PER_PORTAL - 50) }),
  )
  return times
}

/** The cursor after many pages. */
async function followPages(hub: HubProcess, headers: Headers): Promise<string> {
  let cursor = ''
  for (let page = 0; page < DEEP_PAGES; page++) {
    const answer = await get(hub, headers, { limit: '200', ...(cursor && { cursor }) })
    cursor = answer.cursor ?? ''
  }
  return cursor
}

async function middle(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  while (times.length < ASKED) {
    const startedAt = performance.now()
    await work()
    times.push(performance.now() - startedAt)
  }
  return times.sort((a, b) => a - b)[Math.floor(ASKED / 2)] ?? Number.NaN
}

async function get(
  { url }: HubProcess,
  headers: Headers,
  search: Record<string, string>,
): Promise<{ readonly cursor?: string }> {
  const answer = await fetch(`${url}/admin/api/v1/lines?${new URLSearchParams(search)}`, {
    headers,
  })
  if (answer.status !== 200) throw new Error(`a page got ${answer.status}`)
  return (await answer.json()) as { cursor?: string }
}

/** The hub at work with consoles and without. */
async function measureConsoles(
  bench: Bench,
  hub: HubProcess,
  {
    headers,
    cookies,
    portals,
  }: {
    readonly headers: Headers
    readonly cookies: readonly string[]
    readonly portals: readonly FilledPortal[]
  },
): Promise<Figures> {
  const lines = portals.map(({ lines: [line] }) => line).filter((line) => line !== undefined)
  const consoles: ConsolesOrder['consoles'] = [
    ...Array.from({ length: OPERATORS }, () => ({ headers })),
    ...cookies.map((cookie, index) => {
      const lineId = index < WITH_LINE ? lines[index]?.id : undefined
      return { headers: { cookie }, ...(lineId !== undefined && { lineId }) }
    }),
  ]
  // The first seconds after a start are the hub's own.
  await work(bench, hub, lines)
  const without = await work(bench, hub, lines)
  await using watchers: Child = await startChild('consoles', { url: hub.url, consoles })
  await work(bench, hub, lines)
  await watchers.ask<ConsolesReport>('report')
  const during = await work(bench, hub, lines)
  const { open, events } = await watchers.ask<ConsolesReport>('report')
  const share = (name: 'hub' | 'store') => 100 * ((during[name] ?? 0) - (without[name] ?? 0))
  return {
    'no console, % of a core': 100 * (without['hub'] ?? 0),
    '200 consoles, % of a core': share('hub'),
    ...(bench.store.pid !== undefined && {
      "200 consoles, the store's % of a core": share('store'),
    }),
    'events to consoles/s': events / bench.options.seconds,
    'consoles lost': consoles.length - open,
  }
}

/** Some traffic, and the share of a core that it takes. */
async function work(
  { options: { seconds }, store }: Bench,
  { pid, url }: HubProcess,
  targets: readonly Target[],
): Promise<Record<string, number>> {
  const pids = { hub: pid, ...(store.pid !== undefined && { store: store.pid }) }
  const read = await watchCpu(pids)
  const { accepted, sent } = await probe({ url, targets, rate: TRAFFIC, seconds })
  if (accepted !== sent) throw new Error(`of ${sent} updates ${accepted} were accepted`)
  return await read()
}
