/** 1 January 2000: no channel is older, so whatever comes out before it was no instant. */
const EARLIEST = 946_684_800_000
/** 1 January 2200, for the other end. */
const LATEST = 7_258_118_400_000

/** Below these a number counts seconds, milliseconds, microseconds; above them nanoseconds. All four are unambiguous for 2000 to 2200. */
const SECONDS_BELOW = 1e11
const MILLISECONDS_BELOW = 1e14
const MICROSECONDS_BELOW = 1e17

/**
 * An instant as channels write it: seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size,
 * as a number or as digits in text, or ISO 8601. Whole epoch milliseconds; undefined for what isn't an instant of our times,
 * zero among it: nothing is dated 1970.
 */
export function readInstant(value: unknown): number | undefined {
  const at = typeof value === 'string' ? readText(value.trim()) : readNumber(value)
  return at !== undefined && at >= EARLIEST && at < LATEST ? at : undefined
}

function readText(text: string): number | undefined {
  if (/^\d{1,20}(?:\.\d{1,12})?$/.test(text)) return readNumber(Number(text))
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

function readNumber(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  if (value < SECONDS_BELOW) return Math.floor(value * 1000)
  if (value < MILLISECONDS_BELOW) return Math.floor(value)
  return Math.floor(value / (value < MICROSECONDS_BELOW ? 1e3 : 1e6))
}
