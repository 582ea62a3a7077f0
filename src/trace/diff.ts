import { isRecord } from '../core/json.ts'

/** One place in which what came out then and what comes out now differ. Absent: it isn't there. */
export interface Difference {
  /** `0.message.text`: of the first event. */
  readonly path: string
  readonly recorded?: unknown
  readonly now?: unknown
}

/** Where two values of JSON differ, place by place. */
export function differences(recorded: unknown, now: unknown, path = ''): Difference[] {
  if (recorded === now) return []
  if (isBranch(recorded) && isBranch(now) && Array.isArray(recorded) === Array.isArray(now)) {
    const names = new Set([...Object.keys(recorded), ...Object.keys(now)])
    return [...names].flatMap((name) =>
      differences(recorded[name], now[name], path === '' ? name : `${path}.${name}`),
    )
  }
  return [
    {
      path,
      ...(recorded === undefined ? {} : { recorded }),
      ...(now === undefined ? {} : { now }),
    },
  ]
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return isRecord(value) || Array.isArray(value)
}
