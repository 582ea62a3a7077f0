import type { ParsedUpdate } from '../core/connector.ts'
import type { Log } from '../core/log.ts'
import { lineName } from '../core/log-names.ts'
import { type BoundUpdate, boundUpdate } from '../core/update-bounds.ts'
import type { ActiveLine } from '../lines/directory.ts'

/**
 * An update as its connector reads it, cut before that to what reading may cost, which the log then says. `maxValues`: for
 * one of many. Throws BadUpdateError.
 */
export function readUpdate(
  update: unknown,
  active: ActiveLine,
  receivedAt: number,
  log: Log,
  maxValues?: number,
): ParsedUpdate {
  const { connector, line } = active
  const bound = boundUpdate(update, connector.maxTextLength, maxValues)
  if (bound.cut) logTruncated(log, active, bound.cut)
  return connector.parse(bound.update, line, receivedAt)
}

/** `what`: sizes, never a text. */
export function logTruncated(
  log: Log,
  { record }: ActiveLine,
  what: NonNullable<BoundUpdate['cut']> | { readonly files: number },
): void {
  const { id: lineId, portalId, connector } = record
  log.warn(
    { event: 'update.truncated', lineId, line: lineName(record), portalId, connector, ...what },
    'an update holds more than its channel sends, and was cut',
  )
}
