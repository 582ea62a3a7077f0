import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client'
import type { Clock } from '../core/clock.ts'
import type { RouteReply } from '../core/route.ts'
import type { PoolUsage } from '../core/shared-pool.ts'
import { type Metric, Read, type Reading } from './family.ts'
import { StoreFigures } from './store-figures.ts'

/** Lines by what they are counted by. */
export interface CountedLines {
  readonly connector: string
  readonly status: string
  readonly health: string
  readonly count: number
}

/** What only the store knows. */
export interface Figures {
  readonly inbox: {
    readonly events: number
    readonly oldestAt?: number
    readonly locked: number
    readonly leased: number
  }
  readonly unsent: number
  /** Since when communications are due that nobody has in hand, epoch ms. */
  readonly communicationsDueAt?: number
  readonly lines: readonly CountedLines[]
}

/** The other processes of the same hub on this machine. */
export interface MetricsPeers {
  /** `answer` gives this process's metrics, for others that ask. */
  onAsked(answer: () => Promise<object[]>): void
  /** Those of all others that answer in time. Never rejects. */
  ask(): Promise<readonly object[][]>
}

export interface MetricsDeps {
  readonly clock: Clock
  /** What all tenants share. */
  pools(): readonly PoolUsage[]
  /** What is counted as it happens. */
  readonly counted: readonly Metric[]
  /** Checks of lines since the start, by what they came to. */
  checks(): Readonly<Record<string, number>>
  /** Steps of the journal that were not written. */
  journalDropped(): number
  /** Throws StoreUnavailableError. */
  readFigures(): Promise<Figures>
}

/** What a process measures, in the two forms in which it is asked for. */
export interface Scrape {
  /** For the other processes. */
  asObjects(): Promise<object[]>
  /** As Prometheus reads it, summed up with what the others say. */
  reply(asked: Promise<readonly object[][]>): Promise<RouteReply>
}

const POOL_GAUGES = {
  capacity: ['hub_pool_capacity', 'the most that all tenants together may have'],
  used: ['hub_pool_used', 'what they have'],
  waiting: ['hub_pool_waiting', 'how many wait for their turn'],
  refused: ['hub_pool_refused_total', 'how often somebody had to wait or was turned away'],
} as const satisfies Readonly<Record<string, readonly [name: string, help: string]>>

/** What `GET /metrics` shows. No label grows with lines or portals. */
export function createScrape(deps: MetricsDeps): Scrape {
  const figures = new StoreFigures(() => deps.readFigures(), deps.clock)
  let view: Awaited<ReturnType<typeof figures.view>> = { isUp: false }
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const all = [
    ...deps.counted,
    ...ofProcess(deps),
    ...ofStore(
      () => view,
      () => deps.clock.now(),
    ),
  ]
  // The registry asks nothing of a metric but its name and `get`.
  for (const metric of all) registry.registerMetric(metric as never)
  const look = async (): Promise<void> => {
    view = await figures.view()
  }
  return {
    async asObjects() {
      await look()
      return await registry.getMetricsAsJSON()
    },
    async reply(asked) {
      const [others] = await Promise.all([asked, look()])
      return {
        status: 200,
        headers: { 'content-type': registry.contentType },
        body: await (others.length > 0 ? together(registry, others) : registry.metrics()),
      }
    },
  }
}

/** Sums over all processes; what all of them see in the store counts once. */
async function together(registry: Registry, others: readonly object[][]): Promise<string> {
  const all = [await registry.getMetricsAsJSON(), ...others]
  return await AggregatorRegistry.aggregate(all).metrics()
}

function ofProcess(deps: MetricsDeps): Metric[] {
  const pools = Object.entries(POOL_GAUGES).map(([field, [name, help]]) => {
    const read = (): Reading[] =>
      deps.pools().map((usage) => ({
        value: usage[field as keyof typeof POOL_GAUGES],
        labels: { pool: usage.name },
      }))
    return new Read({ name, help }, read, { type: field === 'refused' ? 'counter' : 'gauge' })
  })
  return [
    ...pools,
    new Read(
      { name: 'hub_checks_total', help: 'Checks of lines at their channels, by what they came to' },
      () =>
        Object.entries(deps.checks()).map(([outcome, value]) => ({ value, labels: { outcome } })),
      { type: 'counter' },
    ),
    new Read(
      { name: 'hub_journal_dropped_total', help: 'Steps of the journal that were not written' },
      () => [{ value: deps.journalDropped() }],
      { type: 'counter' },
    ),
  ]
}

/** What all processes see alike. Without a value while the store is away. */
function ofStore(
  view: () => { readonly isUp: boolean; readonly figures?: Figures },
  now: () => number,
): Metric[] {
  const gauge = (name: string, help: string, read: (figures: Figures) => Reading[]): Metric =>
    new Read(
      { name, help },
      () => {
        const { figures } = view()
        return figures ? read(figures) : []
      },
      { aggregator: 'max' },
    )
  return [
    new Read(
      { name: 'hub_store_up', help: '1 while the store answers' },
      () => [{ value: view().isUp ? 1 : 0 }],
      { aggregator: 'min' },
    ),
    gauge('hub_inbox_depth', 'Events that wait for portals', ({ inbox }) => [
      { value: inbox.events },
    ]),
    gauge('hub_inbox_oldest_age_seconds', 'Age of the oldest event that waits', ({ inbox }) => [
      { value: inbox.oldestAt === undefined ? 0 : Math.max(0, now() - inbox.oldestAt) / 1000 },
    ]),
    gauge('hub_inbox_locked_lines', 'Lines whose portal is waited for', ({ inbox }) => [
      { value: inbox.locked },
    ]),
    gauge('hub_inbox_leased_lines', 'Lines that a process has in hand', ({ inbox }) => [
      { value: inbox.leased },
    ]),
    gauge('hub_outbox_depth', 'Messages that are not sent yet', ({ unsent }) => [
      { value: unsent },
    ]),
    gauge(
      'hub_communications_lag_seconds',
      'How long scripts, reminders and mailings that are due have waited',
      ({ communicationsDueAt: at }) => [
        { value: at === undefined ? 0 : Math.max(0, now() - at) / 1000 },
      ],
    ),
    gauge('hub_lines', 'Lines by connector, status and health', ({ lines }) =>
      lines.map(({ count, connector, status, health }) => ({
        value: count,
        labels: { connector, status, health },
      })),
    ),
  ]
}
