import type { JsonObject } from '../../core/json.ts'
import type { TextFormat } from '../../core/portal.ts'
import {
  type Draft,
  failed,
  frameKey,
  jumpTo,
  nextPc,
  type Result,
  toDraft,
  topFrame,
  toState,
  waitFor,
} from './machine-draft.ts'
import { complete, onCalled, onReply, onReplyTimeout, startOp } from './machine-ops.ts'
import type { Advance, Asked, Input, Loaded, Progress, State, View, Wait } from './machine-types.ts'

/**
 * The step machine: pure, so that a job's steps can be tested alone and a crash can't be told from a pause. Whoever drives
 * it calls `begin` with the progress from the store, then `advance` until it stops at `wait`, `end` or `fail`, and commits
 * the effects collected until then together with `state.progress` in one transaction. After a commit it begins anew.
 */

/** Steps of one job in all. */
export const MAX_JOB_STEPS = 10_000
/** Scripts that run in each other, below the first. */
export const MAX_RUN_DEPTH = 8
/** A job that does much is committed in pieces of these, so that no transaction and no burst of code grows with it. */
const MAX_BURST_STEPS = 500
const MAX_BURST_EFFECTS = 100

export function newProgress(script: number, version: number, params: JsonObject): Progress {
  return { frames: [{ script, version, pc: 0 }], count: 0, params }
}

/** `textFormat`: of the portal's texts, for which what templates put in is escaped. */
export function begin(progress: Progress, view: View, textFormat?: TextFormat): State {
  const burst = { steps: 0, effects: 0 }
  return { progress, view, programs: new Map(), burst, ...(textFormat ? { textFormat } : {}) }
}

/**
 * Goes on with what `state` has asked for, or waited for. `go` starts, and on a job that waits gives its wait again; an
 * input that it doesn't wait for does the same. Throws TypeError for an answer to something that was not asked.
 */
export function advance(state: State, input: Input): Advance {
  const draft = toDraft(state)
  let result = state.asked ? answer(draft, state.asked, input) : wake(draft, input)
  while (!result) result = step(draft)
  const { stop, asked } = result
  if (stop.kind === 'end' || stop.kind === 'fail') draft.wait = undefined
  return { state: toState(state, draft, asked), effects: draft.effects, stop }
}

function answer(draft: Draft, asked: Asked, input: Input): Result {
  if (asked.kind === 'evaluate' && input.kind === 'evaluated') {
    return complete(draft, topOp(draft), input.outcome)
  }
  if (asked.kind !== 'evaluate' && input.kind === 'loaded') {
    const { loaded } = input
    if (asked.kind === 'run') return enter(draft, loaded)
    if (!loaded) return failed('HUB_UNKNOWN_SCRIPT', 'the script that was running is gone')
    draft.programs.set(frameKey(topFrame(draft)), loaded.program)
    return wake(draft, asked.then)
  }
  throw new TypeError(`the machine has asked for ${asked.kind} and was given ${input.kind}`)
}

function enter(draft: Draft, loaded: Loaded | undefined): Result {
  const op = topOp(draft)
  if (op.op !== 'run') throw new TypeError(`${op.op} runs no script`)
  if (!loaded) {
    return failed('HUB_UNKNOWN_SCRIPT', `${op.path}.run: there is no script ${op.script}`)
  }
  if (draft.frames.length > MAX_RUN_DEPTH) {
    const problem = `${op.path}.run: scripts run each other more than ${MAX_RUN_DEPTH} deep`
    return failed('HUB_SCRIPT_DEPTH', problem)
  }
  nextPc(draft)
  const { script, version, program } = loaded
  draft.frames.push({ script, version, pc: 0 })
  draft.programs.set(frameKey({ script, version }), program)
  return undefined
}

/** Takes what has come for a job that stands still. */
function wake(draft: Draft, input: Input): Result {
  const { wait } = draft
  if (!wait) return undefined
  if (!isFor(wait, input)) return stay(wait)
  if (wait.kind === 'time') return goOn(draft)
  const missing = missingProgram(draft, input)
  if (missing) return missing
  const op = topOp(draft)
  if (wait.kind === 'call') {
    return input.kind === 'called' ? onCalled(draft, op, wait, input.result) : stay(wait)
  }
  draft.wait = undefined
  return input.kind === 'reply' ? onReply(draft, op, input.text) : onReplyTimeout(draft, op)
}

function isFor(wait: Wait, { kind }: Input): boolean {
  if (wait.kind === 'call') return kind === 'called'
  return kind === 'time' || (kind === 'reply' && wait.kind === 'reply')
}

function goOn(draft: Draft): Result {
  draft.wait = undefined
  return undefined
}

function stay(wait: Wait): Result {
  return { stop: { kind: 'wait', wait } }
}

function missingProgram(draft: Draft, then: Input): Result {
  const frame = topFrame(draft)
  if (draft.programs.has(frameKey(frame))) return undefined
  const { script, version } = frame
  return { stop: { kind: 'load', script, version }, asked: { kind: 'program', then } }
}

/** The next instruction. */
function step(draft: Draft): Result {
  if (draft.frames.length === 0) return { stop: { kind: 'end' } }
  const missing = missingProgram(draft, { kind: 'go' })
  if (missing) return missing
  const op = opAt(draft)
  if (!op) return leave(draft)
  if (op.op === 'jump') return jumpTo(draft, op.to)
  const isTired = draft.steps >= MAX_BURST_STEPS || draft.effectCount >= MAX_BURST_EFFECTS
  if (isTired) return waitFor(draft, { kind: 'time', until: draft.view.now })
  if (draft.count >= MAX_JOB_STEPS) {
    const problem = `${op.path}: the job has done more than ${MAX_JOB_STEPS} steps`
    return failed('HUB_SCRIPT_RUNAWAY', problem)
  }
  draft.count += 1
  draft.steps += 1
  return startOp(draft, op)
}

function leave(draft: Draft): Result {
  const frame = draft.frames.pop()
  const key = frame && frameKey(frame)
  const isNeeded = draft.frames.some((other) => frameKey(other) === key)
  // Those of scripts that have ended aren't kept: a job may run thousands of them.
  if (key && !isNeeded) draft.programs.delete(key)
  return undefined
}

function opAt(draft: Draft) {
  const frame = topFrame(draft)
  return draft.programs.get(frameKey(frame))?.ops[frame.pc]
}

function topOp(draft: Draft) {
  const op = opAt(draft)
  if (op && op.op !== 'jump') return op
  throw new TypeError('the job stands at no step')
}
