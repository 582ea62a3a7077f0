import { Cron } from 'croner'

/** When a job repeats. Instants are epoch ms. */
export interface Plan {
  /** At least 60. */
  readonly periodSec?: number
  /** Five fields; `periodSec` goes before it. */
  readonly cron?: string
  /** Of `cron`; UTC if absent. */
  readonly timeZone?: string
  /** The last instant at which it may be due. */
  readonly until?: number
}

/** A field of cron: numbers, lists, ranges, steps. */
const FIELD = /^[0-9*,/-]+$/
/** Names of months and days of the week too. */
const NAMED = /^(?:[0-9*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+$/i
const WEEKDAY = /^(?:[0-9*,/-]|sun|mon|tue|wed|thu|fri|sat)+$/i

/** What is wrong with a cron expression, for a person; undefined if nothing is. */
export function cronProblem(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== 5) return 'must have five fields: minute hour day month weekday'
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  const isPlain = [minute, hour, day].every((field) => FIELD.test(field))
  if (!isPlain || !NAMED.test(month) || !WEEKDAY.test(weekday)) {
    return 'holds what is no number, list, range or step of cron'
  }
  try {
    // The result may be null: the 30th of February never comes.
    return toCron(cron, 'UTC').nextRun(new Date(0)) ? undefined : 'names a day that never comes'
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    return 'is no cron expression'
  }
}

/**
 * The first instant after `after` at which a plan is due; undefined if there is none, or none until its end. `base`: when it
 * was due first, from which periods are counted. Whoever asks with the present for `after` runs what was missed in days of
 * standing still not at all, and goes on in step.
 *
 * Summer time: a local time that is left out on the night of the change is due at the end of the gap; one that comes twice
 * is due at its first coming. An expression with a `*` in hour or minute goes on in every real hour.
 */
export function nextDue(plan: Plan, after: number, base: number): number | undefined {
  const due =
    plan.periodSec === undefined ? cronDue(plan, after) : periodDue(plan.periodSec, after, base)
  if (due === undefined) return undefined
  return plan.until !== undefined && due > plan.until ? undefined : due
}

function periodDue(periodSec: number, after: number, base: number): number {
  if (after < base) return base
  const period = periodSec * 1000
  return base + (Math.floor((after - base) / period) + 1) * period
}

function cronDue({ cron, timeZone = 'UTC' }: Plan, after: number): number | undefined {
  if (cron === undefined) return undefined
  return toCron(cron, timeZone).nextRun(new Date(after))?.getTime()
}

function toCron(cron: string, timezone: string): Cron {
  return new Cron(cron, { mode: '5-part', timezone })
}

/** The cron expression for every day at the time of a local `YYYY-MM-DD hh:mm:ss`; its seconds are left out. */
export function dailyAt(local: string): string {
  const [, hour, minute] = /[ T](\d\d):(\d\d)/.exec(local) ?? []
  if (hour === undefined || minute === undefined) throw new TypeError('no local time')
  return `${Number(minute)} ${Number(hour)} * * *`
}
