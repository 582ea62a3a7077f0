import type { FieldFault } from '../core/errors.ts'
import { isTimeZone } from '../core/time-zone.ts'

/** What a portal's communications go by. */
export interface PortalPace {
  /** Notifications in a second, all its slots together. */
  readonly notificationRate?: number
  /** A name of the IANA's. */
  readonly timeZone?: string
  /** Minutes without a message after which nobody is talking any more. */
  readonly dialogIdleMin?: number
}

const MOST_NOTIFICATIONS = 1000
const MOST_IDLE_MIN = 30 * 24 * 60

export function checkPace({ notificationRate, timeZone, dialogIdleMin }: PortalPace): FieldFault[] {
  return [
    ...checkNumber('notificationRate', notificationRate, MOST_NOTIFICATIONS),
    ...(timeZone === undefined || isTimeZone(timeZone)
      ? []
      : [{ field: 'timeZone', problem: 'must be a time zone such as Europe/Berlin or UTC' }]),
    ...checkNumber('dialogIdle', dialogIdleMin, MOST_IDLE_MIN),
  ]
}

function checkNumber(field: string, value: number | undefined, max: number): FieldFault[] {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) return []
  return [{ field, problem: `must be a whole number from 1 to ${max}` }]
}
