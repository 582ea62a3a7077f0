import type { Clock } from './core/clock.ts'
import type { ConnectorDescriptor } from './core/connector.ts'
import type { DialectDescriptor } from './core/dialect.ts'
import type { Log } from './core/log.ts'
import type { Meters } from './core/meters.ts'
import type { Tracer } from './core/tracing.ts'

/** What services are put together from. */
export interface ServiceParts {
  readonly connectors: readonly ConnectorDescriptor[]
  readonly dialects: readonly DialectDescriptor[]
  readonly clock: Clock
  readonly wall: Clock
  readonly log: Log & { child(bindings: object): Log }
  readonly publicUrl: string
  readonly meters?: Meters
  readonly tracer?: Tracer
}
