import { given } from '../../../core/given.ts'
import { isRecord } from '../../../core/json.ts'
import type { MessageMethod, Planned } from './planned.ts'

/** Consecutive events that go out in one call. */
export interface Run {
  readonly method?: MessageMethod
  readonly seqs: readonly number[]
  readonly items: readonly object[]
  readonly hasFiles?: true
}

/** What the portal lets one call hold. */
const MAX_ITEMS = 50
/** The portal fetches them one after the other while the call waits. */
const MAX_FILES = 10

/** Whole runs of one kind, in order. */
export function toRuns(planned: readonly Planned[]): Run[] {
  const runs: {
    method: MessageMethod | undefined
    seqs: number[]
    items: object[]
    files: number
  }[] = []
  for (const one of planned) {
    const files = one.method === undefined ? 0 : filesOf(one.item)
    const last = runs.at(-1)
    const hasRoom =
      last !== undefined &&
      last.method === one.method &&
      last.seqs.length < MAX_ITEMS &&
      (files === 0 || last.files + files <= MAX_FILES)
    const run = hasRoom ? last : { method: one.method, seqs: [], items: [], files: 0 }
    if (run !== last) runs.push(run)
    run.seqs.push(one.seq)
    run.files += files
    if (one.method !== undefined) run.items.push(one.item)
  }
  return runs.map(({ method, seqs, items, files }) => ({
    ...{ seqs, items },
    ...given({ method }),
    ...(files > 0 ? { hasFiles: true as const } : {}),
  }))
}

function filesOf(item: object): number {
  const message = 'message' in item ? item.message : undefined
  const files = isRecord(message) ? message['files'] : undefined
  return Array.isArray(files) ? files.length : 0
}

export interface RunResult {
  readonly accepted: readonly number[]
  readonly rejected: readonly { readonly seq: number; readonly reason: string }[]
  /** The portal has said nothing of these. */
  readonly unsaid: readonly number[]
}

const MAX_REASON = 300

/**
 * What became of each item, by the result of the call: the first it does not name ends the run, for nothing behind it may
 * count as taken. Undefined: the result doesn't say that the portal has taken anything. Pure.
 */
export function readResults(result: unknown, { seqs }: Run): RunResult | undefined {
  // Some of the methods answer a plain `true`.
  if (result === true) return allTaken(seqs)
  if (!isRecord(result) || !isYes(result['SUCCESS'])) return undefined
  const data = result['DATA']
  const list = isRecord(data) ? data['RESULT'] : undefined
  // PHP writes a list with gaps as an object. Statuses have no results of their own.
  return isRecord(list) || Array.isArray(list)
    ? readItems(list as Record<string, unknown>, seqs)
    : allTaken(seqs)
}

function readItems(items: Readonly<Record<string, unknown>>, seqs: readonly number[]): RunResult {
  const accepted: number[] = []
  const rejected: { seq: number; reason: string }[] = []
  for (const [index, seq] of seqs.entries()) {
    const item = items[index]
    if (item === undefined) return { accepted, rejected, unsaid: seqs.slice(index) }
    const reason = reasonOf(item)
    if (reason === undefined) accepted.push(seq)
    else rejected.push({ seq, reason })
  }
  return { accepted, rejected, unsaid: [] }
}

function allTaken(seqs: readonly number[]): RunResult {
  return { accepted: seqs, rejected: [], unsaid: [] }
}

function isYes(value: unknown): boolean {
  return value === true || value === 'true' || value === 1 || value === '1' || value === 'Y'
}

/** Why an item was not taken; undefined if it was. */
function reasonOf(item: unknown): string | undefined {
  if (item === true) return undefined
  if (!isRecord(item)) return 'refused by the portal'
  const errors = wordsOf(item['ERRORS'])
  if (item['SUCCESS'] === undefined ? errors === '' : isYes(item['SUCCESS'])) return undefined
  return (errors || 'refused by the portal').slice(0, MAX_REASON)
}

function wordsOf(errors: unknown): string {
  if (typeof errors === 'string') return errors
  if (!isRecord(errors) && !Array.isArray(errors)) return ''
  return Object.values(errors)
    .map((error: unknown) => {
      if (typeof error === 'string') return error
      if (!isRecord(error)) return ''
      const parts = [error['code'] ?? error['CODE'], error['message'] ?? error['MESSAGE']]
      return parts.filter((part) => typeof part === 'string' || typeof part === 'number').join(': ')
    })
    .filter(Boolean)
    .join('; ')
}
