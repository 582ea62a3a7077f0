import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Route } from '../core/route.ts'
import type { PoolUsage } from '../core/shared-pool.ts'

export interface MetricsDeps {
  /** What all tenants share. */
  pools(): readonly PoolUsage[]
}

const POOL_GAUGES = {
  capacity: ['hub_pool_capacity', 'the most that all tenants together may have'],
  used: ['hub_pool_used', 'what they have'],
  waiting: ['hub_pool_waiting', 'how many wait for their turn'],
  refused: ['hub_pool_refused_total', 'how often somebody had to wait or was turned away'],
} as const satisfies Readonly<Record<string, readonly [name: string, help: string]>>

/** `GET /metrics`, as Prometheus reads it. No label grows with lines or portals. */
export function metricsRoute(deps: MetricsDeps): Route {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const [field, [name, help]] of Object.entries(POOL_GAUGES)) {
    const gauge = new Gauge({
      name,
      help,
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const usage of deps.pools()) {
          gauge.set({ pool: usage.name }, usage[field as keyof typeof POOL_GAUGES])
        }
      },
    })
  }
  return {
    method: 'GET',
    path: '/metrics',
    audience: 'admins',
    answer: async () => ({
      status: 200,
      headers: { 'content-type': registry.contentType },
      body: await registry.metrics(),
    }),
  }
}
