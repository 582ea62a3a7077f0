import { given } from '../../core/given.ts'
import type { Op, Program } from './program.ts'
import type { CallStep, Step } from './steps.ts'

/** How long a call may take where its step doesn't say, ms. */
const CALL_TIMEOUT_MS = 10_000

/**
 * Checked steps → a flat list of instructions with jumps. Jobs keep their position as an index into this list, and wait for
 * weeks: the same steps must give the same list in every later version, or a waiting job goes on in the wrong place. So a
 * kind of step keeps the number and order of its instructions for good (test/unit/communications/compile.test.ts pins them);
 * what is new gets an instruction of its own.
 */
export function compile(steps: readonly Step[]): Program {
  const ops: Op[] = []
  compileList(steps, 'steps', ops)
  return { ops }
}

function compileList(steps: readonly Step[], list: string, ops: Op[]): void {
  for (const [at, step] of steps.entries()) compileStep(step, `${list}[${at}]`, ops)
}

function compileStep(step: Step, path: string, ops: Op[]): void {
  if ('if' in step) compileIf(step, path, ops)
  else if ('waitReply' in step) compileWaitReply(step.waitReply, path, ops)
  else if ('call' in step) compileCall(step.call, step.onError, path, ops)
  else ops.push(toOp(step, path))
}

function toOp(step: Step, path: string): Op {
  if ('send' in step) return { op: 'send', message: step.send, path }
  if ('sendTemplate' in step) return { op: 'sendTemplate', template: step.sendTemplate, path }
  if ('wait' in step) return { op: 'wait', seconds: step.wait, path }
  if ('tag' in step) {
    return { op: 'tag', add: listOf(step.tag.add), remove: listOf(step.tag.remove), path }
  }
  if ('set' in step) return { op: 'set', attributes: step.set, path }
  if ('code' in step) return { op: 'code', code: step.code, path }
  if ('run' in step) return { op: 'run', script: step.run, path }
  if ('notify' in step) return { op: 'notify', data: step.notify, path }
  return { op: 'end', path }
}

function listOf(tags: string | readonly string[] = []): readonly string[] {
  return typeof tags === 'string' ? [tags] : tags
}

/** `if` · then … · jump over else · else … */
function compileIf(
  step: { if: string; then: readonly Step[]; else?: readonly Step[] },
  path: string,
  ops: Op[],
): void {
  const head = reserve(ops)
  compileList(step.then, `${path}.then`, ops)
  const jump = step.else ? reserve(ops) : undefined
  ops[head] = { op: 'if', code: step.if, otherwise: ops.length, path }
  if (jump === undefined) return
  compileList(step.else ?? [], `${path}.else`, ops)
  ops[jump] = { op: 'jump', to: ops.length }
}

/** `waitReply` · jump over onTimeout · onTimeout … */
function compileWaitReply(
  { timeoutSec, save, onTimeout }: Extract<Step, { waitReply: unknown }>['waitReply'],
  path: string,
  ops: Op[],
): void {
  const op = { op: 'waitReply', timeoutSec, ...given({ save }), path } as const
  withBranch(op, onTimeout, `${path}.waitReply.onTimeout`, ops, (at) => ({ ...op, onTimeout: at }))
}

/** `call` · jump over onError · onError … */
function compileCall(
  call: CallStep,
  beside: readonly Step[] | undefined,
  path: string,
  ops: Op[],
): void {
  const { url, headers, body, timeoutMs = CALL_TIMEOUT_MS, save, onError = beside } = call
  const method = call.method ?? (body === undefined ? 'GET' : 'POST')
  const request = {
    url,
    method,
    timeoutMs,
    ...(headers ? { headers } : {}),
    ...(body === undefined ? {} : { body }),
  }
  const op = { op: 'call', request, ...given({ save }), path } as const
  const list = beside ? `${path}.onError` : `${path}.call.onError`
  withBranch(op, onError, list, ops, (at) => ({ ...op, onError: at }))
}

function withBranch(
  plain: Op,
  steps: readonly Step[] | undefined,
  list: string,
  ops: Op[],
  branching: (at: number) => Op,
): void {
  if (!steps) {
    ops.push(plain)
    return
  }
  const head = reserve(ops)
  const jump = reserve(ops)
  ops[head] = branching(ops.length)
  compileList(steps, list, ops)
  ops[jump] = { op: 'jump', to: ops.length }
}

/** Keeps a place for an instruction that needs to know what comes behind it. */
function reserve(ops: Op[]): number {
  return ops.push({ op: 'jump', to: 0 }) - 1
}
