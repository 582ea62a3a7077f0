import { fromWall, toWall } from './local-time.ts'

/** Hours of every day in which a broadcast sends nothing: `22:00` to `08:00` is over midnight. `from` and `to` differ. */
export interface QuietHours {
  readonly from: string
  readonly to: string
  readonly timeZone: string
}

const DAY_MS = 86_400_000

/** When the quiet hours that hold at `now` end, epoch ms; undefined if none hold. */
export function quietEnd({ from, to, timeZone }: QuietHours, now: number): number | undefined {
  const wall = toWall(now, timeZone)
  const midnight = Math.floor(wall / DAY_MS) * DAY_MS
  const time = wall - midnight
  const [start, end] = [timeOfDay(from), timeOfDay(to)]
  const isQuiet = start < end ? time >= start && time < end : time >= start || time < end
  if (!isQuiet) return undefined
  const endsTomorrow = time >= end
  const until = fromWall(midnight + end + (endsTomorrow ? DAY_MS : 0), timeZone)
  // On the night when an hour comes twice they have ended with its first coming.
  return until > now ? until : undefined
}

function timeOfDay(text: string): number {
  const [hour = 0, minute = 0] = text.split(':').map(Number)
  return (hour * 60 + minute) * 60_000
}
