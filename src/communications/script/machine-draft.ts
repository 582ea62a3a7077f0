import type { JsonObject } from '../../core/json.ts'
import type { TextFormat } from '../../core/portal.ts'
import type {
  Asked,
  Effect,
  FailureCode,
  Frame,
  Progress,
  State,
  Stop,
  View,
  Wait,
} from './machine-types.ts'
import type { Op, Program } from './program.ts'

/** A state while `advance` works on it; nobody else ever holds one. */
export interface Draft {
  readonly frames: Frame[]
  count: number
  params: JsonObject
  wait: Wait | undefined
  view: View
  readonly textFormat: TextFormat | undefined
  readonly programs: Map<string, Program>
  readonly effects: Effect[]
  steps: number
  effectCount: number
}

export type StepOp = Exclude<Op, { readonly op: 'jump' }>

/** Where the machine stops; undefined: it goes on with the next instruction. */
export type Result = { readonly stop: Stop; readonly asked?: Asked } | undefined

export function toDraft({ progress, view, textFormat, programs, burst }: State): Draft {
  return {
    frames: [...progress.frames],
    count: progress.count,
    params: progress.params,
    wait: progress.wait,
    view,
    textFormat,
    programs: new Map(programs),
    effects: [],
    steps: burst.steps,
    effectCount: burst.effects,
  }
}

export function toState(before: State, draft: Draft, asked: Asked | undefined): State {
  const { frames, count, params, wait, view, programs, steps, effectCount } = draft
  const progress: Progress = { frames, count, params, ...(wait ? { wait } : {}) }
  const { textFormat } = before
  return {
    progress,
    view,
    programs,
    burst: { steps, effects: effectCount },
    ...(textFormat ? { textFormat } : {}),
    ...(asked ? { asked } : {}),
  }
}

export function frameKey({ script, version }: Pick<Frame, 'script' | 'version'>): string {
  return `${script}.${version}`
}

export function topFrame(draft: Draft): Frame {
  const frame = draft.frames.at(-1)
  if (!frame) throw new TypeError('the job has ended')
  return frame
}

export function jumpTo(draft: Draft, pc: number): undefined {
  const frame = topFrame(draft)
  draft.frames[draft.frames.length - 1] = { ...frame, pc }
}

export function nextPc(draft: Draft): undefined {
  return jumpTo(draft, topFrame(draft).pc + 1)
}

export function emit(draft: Draft, effect: Effect): void {
  draft.effects.push(effect)
  draft.effectCount += 1
}

export function waitFor(draft: Draft, wait: Wait): Result {
  draft.wait = wait
  return { stop: { kind: 'wait', wait } }
}

export function failed(code: FailureCode, problem: string): Result {
  return { stop: { kind: 'fail', code, problem } }
}
