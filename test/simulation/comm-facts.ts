import type { Progress } from '../../src/communications/script/machine-types.ts'
import type { CommEventRow, JobRow } from './comm-rows.ts'
import type { Drawn } from './comm-scripts.ts'

/** How late a plan that was made before something else may be committed, ms. */
export const PLAN_AGE_MS = 13_000
/** By how much the clocks of processes may differ. */
export const SKEW_MS = 1000

export interface TriggerFacts {
  readonly id: number
  readonly script: string
  /** Since when it is as it is. */
  readonly since: number
  readonly isEnabled: boolean
  readonly on: readonly string[]
  readonly cooldownSec?: number
  readonly isConditional: boolean
}

/** What a recipient's number stands for, and what scripts and triggers there are. */
export interface Facts {
  leadOf(lineId: number, chatId: string): number | undefined
  /** The line that a script is of, and its code. */
  scriptOf(scriptId: number): { readonly lineId: number; readonly code: string } | undefined
  versionsOf(lineId: number, code: string): readonly (readonly Drawn[])[]
  triggersOf(lineId: number): readonly TriggerFacts[]
  newestOf(scriptId: number): { readonly version: number; readonly since: number } | undefined
  ownerOf(lineId: number): string | null
}

export function isOpen(state: string): boolean {
  return state === 'scheduled' || isBegun(state)
}

export function isBegun(state: string): boolean {
  return state === 'running' || state === 'waiting'
}

export function readProgress({ progress }: JobRow): Progress | undefined {
  return progress === null ? undefined : (JSON.parse(progress) as Progress)
}

export function replyOf({ progress }: JobRow): string | undefined {
  return progress === null ? undefined : (JSON.parse(progress) as { reply?: string }).reply
}

/** Also of one that repeats, when it is scheduled anew. */
export function hasEnded(was: JobRow | undefined, row: JobRow): boolean {
  if (!was || !isOpen(was.state)) return false
  if (!isOpen(row.state)) return true
  return row.state === 'scheduled' && (isBegun(was.state) || row.attempt > was.attempt)
}

export function textOf({ payload }: CommEventRow): string {
  return (JSON.parse(payload) as { message?: { text?: string } }).message?.text ?? ''
}

export function leadOf(facts: Facts, { lineId, chatId }: CommEventRow): number | undefined {
  return chatId === null ? undefined : facts.leadOf(lineId, chatId)
}
