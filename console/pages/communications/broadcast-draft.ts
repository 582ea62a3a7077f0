import type { FieldFault } from '../../api/http.ts'
import type { Broadcast } from '../../api/types.ts'
import { toList } from './line-desk.ts'
import { textOf } from './steps.ts'
import { checkCode } from './use-editor.ts'

/** A broadcast as its form holds it: everything is text. */
export interface BroadcastDraft {
  readonly code: string
  readonly name: string
  readonly script: string
  readonly tags: string
  readonly notTags: string
  /** As `datetime-local` has them, in the reader's zone. */
  readonly seenAfter: string
  readonly seenBefore: string
  readonly language: string
  readonly condition: string
  readonly ratePerMinute: string
  readonly quietFrom: string
  readonly quietTo: string
  readonly timeZone: string
  readonly optOut: string
}

export function toDraft(broadcast: Broadcast | undefined): BroadcastDraft {
  const { code = '', name = '', script = '', filter = {}, ratePerMinute } = broadcast ?? {}
  const { quietHours, optOut = [] } = broadcast ?? {}
  const list = (value: unknown): string =>
    Array.isArray(value) ? value.map(textOf).join(', ') : ''
  return {
    ...{ code, name, script: String(script) },
    tags: list(filter['tags']),
    notTags: list(filter['notTags']),
    seenAfter: toLocal(filter['seenAfter']),
    seenBefore: toLocal(filter['seenBefore']),
    language: textOf(filter['language']),
    condition: textOf(filter['condition']),
    ratePerMinute: ratePerMinute === undefined ? '' : String(ratePerMinute),
    quietFrom: quietHours?.from ?? '',
    quietTo: quietHours?.to ?? '',
    timeZone: quietHours?.timeZone ?? ownTimeZone(),
    optOut: optOut.join(', '),
  }
}

export function checkBroadcast(
  draft: BroadcastDraft,
  known: { readonly isNew: boolean; readonly taken: readonly string[] },
): readonly FieldFault[] {
  const isHalf = (draft.quietFrom === '') !== (draft.quietTo === '')
  const half = draft.quietFrom === '' ? 'quietHours.from' : 'quietHours.to'
  return [
    ...checkCode(draft.code, known),
    ...(draft.script === '' ? [{ field: 'script', problem: 'is required' }] : []),
    ...(isHalf ? [{ field: half, problem: 'is required' }] : []),
  ]
}

export function toParams(draft: BroadcastDraft): object {
  const { code, name, script, ratePerMinute, quietFrom, quietTo, timeZone } = draft
  const optOut = toList(draft.optOut)
  return {
    ...{ code, script, filter: toFilter(draft) },
    ...(name.trim() && { name: name.trim() }),
    ...(ratePerMinute !== '' && { ratePerMinute: Number(ratePerMinute) }),
    ...(quietFrom && { quietHours: { from: quietFrom, to: quietTo, timeZone: timeZone.trim() } }),
    ...(optOut.length > 0 && { optOut }),
  }
}

function toFilter(draft: BroadcastDraft): object {
  const [tags, notTags] = [toList(draft.tags), toList(draft.notTags)]
  const { seenAfter, seenBefore, language, condition } = draft
  return {
    ...(tags.length > 0 && { tags }),
    ...(notTags.length > 0 && { notTags }),
    ...(seenAfter && { seenAfter: toInstant(seenAfter) }),
    ...(seenBefore && { seenBefore: toInstant(seenBefore) }),
    ...(language.trim() && { language: language.trim() }),
    ...(condition.trim() && { condition }),
  }
}

export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** `2030-01-31T09:00` of the reader's zone as an instant. */
export const toInstant = (local: string): string => new Date(local).toISOString()

function toLocal(instant: unknown): string {
  if (typeof instant !== 'string') return ''
  const date = new Date(instant)
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}
