const DAY_MS = 86_400_000
const LOCAL = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/

/** What a clock on the wall shows, as if it were UTC: epoch ms of the same date and time there. */
type Wall = number

/**
 * A local `YYYY-MM-DD hh:mm:ss` of the years 1970 to 9999 as epoch ms; undefined for anything else. A time that comes twice
 * when the clocks are set back is its first coming; one that is left out is the end of the gap, as for cron.
 */
export function parseLocal(text: string, timeZone: string): number | undefined {
  const wall = readWall(text)
  return wall === undefined ? undefined : fromWall(wall, timeZone)
}

function readWall(text: string): Wall | undefined {
  const parts = LOCAL.exec(text)
  if (!parts) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map(Number)
  const wall = Date.UTC(year, month - 1, day, hour, minute, second)
  const isReal = new Date(wall).toISOString().slice(0, 19) === text.replace(' ', 'T')
  return year >= 1970 && isReal ? wall : undefined
}

/** The instant at which a clock there shows `wall`. */
export function fromWall(wall: Wall, timeZone: string): number {
  const clock = clockOf(timeZone)
  const before = clock(wall - DAY_MS) - (wall - DAY_MS)
  const behind = clock(wall + DAY_MS) - (wall + DAY_MS)
  const candidates = [wall - before, wall - behind].toSorted((a, b) => a - b)
  const found = candidates.find((at) => clock(at) === wall)
  if (found !== undefined) return found
  const [low = wall, high = wall] = candidates
  return endOfGap(clock, wall, low, high)
}

/** The first whole second at which the clock is beyond `wall`: by halves, for it jumps over it between `low` and `high`. */
function endOfGap(clock: (at: number) => Wall, wall: Wall, low: number, high: number): number {
  let [before, behind] = [low - 1000, high + 1000]
  while (behind - before > 1000) {
    const middle = Math.floor((before + behind) / 2000) * 1000
    const next = middle <= before ? behind - 1000 : middle
    if (clock(next) > wall) behind = next
    else before = next
  }
  return behind
}

/** What a clock there shows at an instant, to the second. */
export function toWall(at: number, timeZone: string): Wall {
  return clockOf(timeZone)(at)
}

/** Throws RangeError for a zone that doesn't exist. */
function clockOf(timeZone: string): (at: number) => Wall {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (at) => {
    const fields = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => fields.get(type) ?? 0
    return Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    )
  }
}
