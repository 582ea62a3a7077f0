import type { Config } from '#config'
import { HOLD_MS } from './alerts/alert.ts'
import { AlertDesk } from './alerts/desk.ts'
import { AlertPost } from './alerts/post.ts'
import { AlertWatch } from './alerts/watch.ts'
import type { Clock } from './core/clock.ts'
import { given } from './core/given.ts'
import { timedId } from './core/ids.ts'
import type { Route } from './core/route.ts'
import { claimAlert, isAlertHeld } from './db/hub/alerts.ts'
import { readInboxFigures, readOutboxDepth } from './db/hub/figures.ts'
import { ProcessRepository } from './db/hub/processes.ts'
import { JOB_NAMES } from './jobs/job.ts'
import type { Heartbeat } from './lease/heartbeat.ts'
import { QueueCounts } from './lines/queue-counts.ts'
import { HubMeters } from './metrics/hub-meters.ts'
import { type Figures, type MetricsPeers, metricsRoute } from './metrics/metrics.ts'
import type { Services } from './services.ts'

/** Parts of the composition root that watch the hub at work. */

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
      await desk.close()
      await post.close()
    },
  }
}

/** Measuring costs something, also when nobody may look: then there are none. */
export function createMeters(
  { adminToken, adminListen }: Config,
  connectors: readonly { readonly id: string }[],
): HubMeters | undefined {
  if (adminToken === undefined && adminListen === undefined) return undefined
  return new HubMeters({ connectors: connectors.map(({ id }) => id), jobs: JOB_NAMES })
}

/** `clock` is for ages of what the store holds. */
export function createMetricsRoute(
  meters: HubMeters,
  services: Services & { readonly clock: Clock },
  peers?: MetricsPeers,
): Route {
  const { clock, pools, lineChecks, journal } = services
  return metricsRoute({
    clock,
    pools: () => pools.usages(),
    counted: meters.metrics(),
    checks: () => ({ ...lineChecks.counts }),
    journalDropped: () => journal?.dropped ?? 0,
    readFigures: createFigures(services),
    ...given({ peers }),
  })
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
  })
}
