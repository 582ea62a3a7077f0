/**
 * Reads a Retry-After header: seconds, or an HTTP date (RFC 9110 §10.2.3). Milliseconds from `now`; undefined if there is
 * none or it can't be read.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
