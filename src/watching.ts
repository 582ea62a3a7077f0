import type { Config } from '#config'
import { HOLD_MS } from './alerts/alert.ts'
import { AlertDesk } from './alerts/desk.ts'
import { AlertPost } from './alerts/post.ts'
import { AlertWatch } from './alerts/watch.ts'
import { given } from './core/given.ts'
import { timedId } from './core/ids.ts'
import type { Route } from './core/route.ts'
import type { Tracer } from './core/tracing.ts'
import { readCommDueAt } from './db/communications/lines.ts'
import { claimAlert, isAlertHeld } from './db/hub/alerts.ts'
import { readInboxFigures, readOutboxDepth } from './db/hub/figures.ts'
import { ProcessRepository } from './db/hub/processes.ts'
import { JOB_NAMES } from './jobs/job.ts'
import type { Heartbeat } from './lease/heartbeat.ts'
import { QueueCounts } from './lines/queue-counts.ts'
import { HubMeters } from './metrics/hub-meters.ts'
import type { Figures, MetricsDeps, MetricsPeers, Scrape } from './metrics/metrics.ts'
import type { Services } from './services.ts'

/** Parts of the composition root that watch the hub at work. */

const DESK_GRACE_MS = 1000

/** What tells operators of trouble, where they have said so (HUB_ALERT_URL). */
export interface Alerts {
  start(): void
  stop(): Promise<void>
}

export function createAlerts(services: Services, heartbeat: Heartbeat): Alerts | undefined {
  const { config, store, clock, wall, log, publicUrl: hub, healthBook } = services
  if (!config.alerts) return undefined
  const post = new AlertPost({ ...config.alerts, clock, wall, log })
  const desk = new AlertDesk({
    ...{ clock, hub },
    claims: {
      claim: (name) => claimAlert(store, name, clock.now(), HOLD_MS),
      isHeld: (name) => isAlertHeld(store, name, clock.now(), HOLD_MS),
    },
    newId: () => timedId('alr_', wall.now()),
    send: (alert) => post.send(alert),
    isStill: (type, subject) => watch.isStill(type, subject),
  })
  const processes = new ProcessRepository(store)
  const watch = new AlertWatch({
    ...{ store, clock, log, lease: heartbeat },
    findHolder: () => processes.findOldest('jobs'),
    raise: (occurrence) => desk.raise(occurrence),
  })
  healthBook.listen(watch)
  heartbeat.onDied((died) => watch.processDied(died))
  return {
    start: () => watch.start(),
    async stop() {
      watch.stop()
      // Asking a store that is away takes long, and a stop must not.
      const grace = Promise.withResolvers<void>()
      const timer = setTimeout(grace.resolve, DESK_GRACE_MS)
      await Promise.race([desk.close(), grace.promise])
      clearTimeout(timer)
      await post.close()
    },
  }
}

/** What is counted, and how it is shown. */
export interface Measuring {
  readonly meters: HubMeters
  route(services: Services, peers?: MetricsPeers): Route
}

/** Measuring costs something, also when nobody may look: then there is none. */
export function createMeasuring(
  { adminToken, adminListen }: Config,
  connectors: readonly { readonly id: string }[],
): Measuring | undefined {
  if (adminToken === undefined && adminListen === undefined) return undefined
  const meters = new HubMeters({ connectors: connectors.map(({ id }) => id), jobs: JOB_NAMES })
  const route: Measuring['route'] = (services, peers) =>
    metricsRoute(() => openScrape(metricsDeps(meters, services)), peers)
  return { meters, route }
}

/** prom-client is loaded here alone, and when somebody asks: most hubs are never asked, and it brings OpenTelemetry's API with it. */
async function openScrape(deps: MetricsDeps): Promise<Scrape> {
  const { createScrape } = await import('./metrics/metrics.ts')
  return createScrape(deps)
}

function metricsRoute(open: () => Promise<Scrape>, peers: MetricsPeers | undefined): Route {
  let opened: Promise<Scrape> | undefined
  const scrape = (): Promise<Scrape> => (opened ??= open())
  if (peers) {
    peers.onAsked(async () => await (await scrape()).asObjects())
    // The one that asks waits a second, and packages take some of that to load. What fails here fails again when it is asked.
    scrape().catch(() => undefined)
  }
  return {
    method: 'GET',
    path: '/metrics',
    audience: 'admins',
    async answer() {
      const asked = peers?.ask() ?? Promise.resolve([])
      return await (await scrape()).reply(asked)
    },
  }
}

/** The packages are loaded only where somebody has said where traces go. */
export async function createTracer(
  { tracing }: Config,
  deps: Pick<Services, 'clock' | 'log'>,
): Promise<Tracer | undefined> {
  if (!tracing) return undefined
  const { openTracer } = await import('./tracing/otlp.ts')
  return openTracer(tracing, deps)
}

function metricsDeps(meters: HubMeters, services: Services): MetricsDeps {
  const { clock, pools, lineChecks, journal } = services
  return {
    clock,
    pools: () => pools.usages(),
    counted: meters.metrics(),
    checks: () => ({ ...lineChecks.counts }),
    journalDropped: () => journal?.dropped ?? 0,
    readFigures: createFigures(services),
  }
}

function createFigures({
  store,
  clock,
  lineChecks,
}: Pick<Services, 'store' | 'clock' | 'lineChecks'>): () => Promise<Figures> {
  const counts = new QueueCounts(store)
  const sum = (found: ReadonlyMap<number, { readonly count: number }>): number =>
    [...found.values()].reduce((total, { count }) => total + count, 0)
  return async () => ({
    inbox: await readInboxFigures(store, clock.now(), async (lineIds) =>
      sum(await counts.events(lineIds, new Map())),
    ),
    unsent: await readOutboxDepth(store, async (lineIds) => sum(await counts.messages(lineIds))),
    lines: await lineChecks.countLinesByHealth(),
    ...given({ communicationsDueAt: await readCommDueAt(store, clock.now()) }),
  })
}
