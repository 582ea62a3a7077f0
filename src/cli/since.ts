import { UsageError } from './context.ts'

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Epoch ms of an ISO 8601 instant, or of so long ago: `90m`, `2h`, `1d`. Throws UsageError. */
export function readSince(text: string | undefined, now: number): number {
  if (text === undefined) return 0
  const ago = lengthOf(text)
  if (ago !== undefined) return now - ago
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new UsageError(`--since must be an instant (2026-05-01T12:00:00Z) or so long ago: 30m, 2h`)
}

/** `90m`, `2h`, `1d` in ms. */
export function lengthOf(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const size = UNITS[unit]
  return count === undefined || size === undefined ? undefined : Number(count) * size
}
