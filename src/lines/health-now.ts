import { given } from '../core/given.ts'
import type { HealthSubject } from '../db/health/subjects.ts'
import type { LineHead } from '../db/lines/lines.ts'
import type { Facts } from '../health/facts.ts'
import { type HealthObject, judge, toHealthObject } from '../health/health.ts'

/**
 * A line's health as it is this moment. What the portal was told last may be a moment behind the queues, so only the time
 * of the last change is taken from there.
 */
export function healthNow(
  subject: HealthSubject | undefined,
  { status, updatedAt }: Pick<LineHead, 'status' | 'updatedAt'>,
  now: number,
): HealthObject {
  const queue = subject?.queue ?? { attempt: 0 }
  const judgement = judge({ status, facts: subject && readFacts(subject), queue })
  const { row, language = 'en' } = subject ?? {}
  const { state, fault, since: queueSince } = judgement
  const isTold = row?.state === state && row.code === fault?.code
  const since = isTold ? row.since : (queueSince ?? (state === 'unknown' ? updatedAt : now))
  return toHealthObject(judgement, { since, ...given({ checkedAt: row?.checkedAt }) }, language)
}

/** Undefined: nobody has looked yet. */
export function readFacts({ row }: Pick<HealthSubject, 'row'>): Facts | undefined {
  if (!row || (row.state === 'unknown' && row.facts === undefined)) return undefined
  return row.facts === undefined ? {} : (JSON.parse(row.facts) as Facts)
}
