import type { Config } from '#config'
import type { Clock } from './core/clock.ts'
import { given } from './core/given.ts'
import type { Route } from './core/route.ts'
import { readInboxFigures, readOutboxDepth } from './db/hub/figures.ts'
import { JOB_NAMES } from './jobs/job.ts'
import { QueueCounts } from './lines/queue-counts.ts'
import { HubMeters } from './metrics/hub-meters.ts'
import { type Figures, type MetricsPeers, metricsRoute } from './metrics/metrics.ts'
import type { Services } from './services.ts'

/** Parts of the composition root that watch the hub at work. */

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
