import type { Language } from '../../src/core/language.ts'

const SECOND = 1000
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400 * SECOND],
  ['hour', 3600 * SECOND],
  ['minute', 60 * SECOND],
  ['second', SECOND],
]

/** A moment in the reader's own zone. */
export function formatMoment(at: string | number, language: Language): string {
  const options = { dateStyle: 'medium', timeStyle: 'medium' } as const
  return new Intl.DateTimeFormat(language, options).format(new Date(at))
}

/** The time of day alone if it is today, otherwise with the day. */
export function formatShort(at: string | number, language: Language, now: number): string {
  const date = new Date(at)
  const isToday = date.toDateString() === new Date(now).toDateString()
  const options: Intl.DateTimeFormatOptions = isToday
    ? { timeStyle: 'medium' }
    : { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }
  return new Intl.DateTimeFormat(language, options).format(date)
}

/** `2 minutes ago`, `in 15 seconds`. */
export function formatDistance(at: string | number, language: Language, now: number): string {
  const ms = new Date(at).getTime() - now
  const [unit, length] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? ['second', SECOND]
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'long' })
  return format.format(Math.round(ms / length), unit)
}

/** How long something takes: `15 s`, `3 min`, `1.5 h`. */
export function formatLength(seconds: number, language: Language): string {
  const [unit, size] =
    seconds >= 3600 ? ['hour', 3600] : seconds >= 60 ? ['minute', 60] : ['second', 1]
  const options = { style: 'unit', unit: String(unit), unitDisplay: 'short' } as const
  const format = new Intl.NumberFormat(language, { ...options, maximumFractionDigits: 2 })
  return format.format(seconds / Number(size))
}
