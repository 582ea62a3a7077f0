import type { FieldFault } from '../../api/http.ts'
import type { Recipient } from '../../api/types.ts'
import { ownTimeZone, toInstant } from './broadcast-draft.ts'

/** A job as its form holds it. */
export interface ScheduleDraft {
  readonly kind: 'script' | 'trigger' | 'broadcast'
  readonly code: string
  readonly recipient: Recipient | undefined
  readonly when: 'now' | 'after' | 'at'
  readonly afterSec: number
  readonly at: string
  readonly repeat: 'no' | 'every' | 'cron'
  readonly everySec: number
  readonly cron: string
  readonly timeZone: string
  readonly condition: string
}

export const firstDraft = (): ScheduleDraft => ({
  kind: 'script',
  code: '',
  recipient: undefined,
  when: 'now',
  afterSec: 3600,
  at: '',
  repeat: 'no',
  everySec: 86_400,
  cron: '0 9 * * 1-5',
  timeZone: ownTimeZone(),
  condition: '',
})

export function checkSchedule(draft: ScheduleDraft): readonly FieldFault[] {
  const needsLead = draft.kind !== 'broadcast' && draft.recipient === undefined
  return [
    ...(draft.code === '' ? [{ field: draft.kind, problem: 'is required' }] : []),
    ...(needsLead ? [{ field: 'lead', problem: 'is required' }] : []),
    ...(draft.when === 'at' && draft.at === '' ? [{ field: 'runAt', problem: 'is required' }] : []),
  ]
}

export function toParams(draft: ScheduleDraft): object {
  const { kind, code, recipient, when, afterSec, at, repeat, everySec, cron, timeZone } = draft
  return {
    [kind]: code,
    ...(kind !== 'broadcast' && { lead: recipient?.lead }),
    ...(when === 'after' && { runAfterSec: afterSec }),
    ...(when === 'at' && { runAt: toInstant(at) }),
    ...(repeat === 'every' && { periodSec: everySec }),
    ...(repeat === 'cron' && { cron: cron.trim(), timeZone: timeZone.trim() }),
    ...(draft.condition.trim() && { condition: draft.condition }),
  }
}
