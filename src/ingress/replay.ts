import type { RawRequest } from '../core/http.ts'
import type { ActiveLine } from '../lines/directory.ts'
import type { CommitDeps } from './commit.ts'
import { readUpdate } from './read-update.ts'
import { eventsOf } from './traffic.ts'

export type ReplayDeps = Pick<CommitDeps, 'log' | 'render'>

/** Updates in a request to a line's webhook, those that are about other accounts left out. Throws BadUpdateError. */
export function updatesIn(request: RawRequest, active: ActiveLine): unknown[] {
  const { connector, line, realConnector, record } = active
  if (!connector.route) {
    return [connector.readUpdate ? connector.readUpdate(request, line) : request.json()]
  }
  const { identity } = record
  return connector
    .route(request, line)
    .filter((piece) => piece.connector === realConnector)
    .filter((piece) => identity === undefined || piece.identity === identity)
    .map(({ update }) => update)
}

/** The events of one update, as JSON, as today's code reads it. Stores and sends nothing. Throws BadUpdateError. */
export function replayUpdate(
  update: unknown,
  active: ActiveLine,
  receivedAt: number,
  deps: ReplayDeps,
): string[] {
  const parsed = readUpdate(update, active, receivedAt, deps.log)
  return eventsOf({ active, parsed }, deps)
}
