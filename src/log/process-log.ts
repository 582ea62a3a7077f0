import { destination } from 'pino'
import type { ConnectorDescriptor } from '../core/connector.ts'
import { createRootLog } from './index.ts'

/** The log of a hub process: JSON lines on stdout, secrets of all connectors' fields redacted. */
export function createProcessLog(
  level: string,
  connectors: readonly ConnectorDescriptor[],
): ReturnType<typeof createRootLog> {
  const secretFields = connectors.flatMap(({ fields }) =>
    fields.filter(({ secret }) => secret).map(({ key }) => key),
  )
  return createRootLog(level, secretFields, destination({ fd: 1, sync: true }))
}
