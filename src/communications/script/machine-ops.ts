import { isRecord, type Json, type JsonObject } from '../../core/json.ts'
import { newMessageSchema } from '../../core/written-message.ts'
import { templateSchema } from '../../core/written-template.ts'
import type { BotCall, Outcome, Scope, Task } from '../sandbox/sandbox.ts'
import { readBotCalls } from './bot-calls.ts'
import { judge, readRequest } from './calls.ts'
import { check } from './check.ts'
import { hasMarkup } from './json-walk.ts'
import {
  type Draft,
  emit,
  failed,
  jumpTo,
  nextPc,
  type Result,
  type StepOp,
  topFrame,
  waitFor,
} from './machine-draft.ts'
import type { CallResult, CallWait, Change, Effect } from './machine-types.ts'
import { changeLead } from './recipient-change.ts'

type OpOf<K extends StepOp['op']> = Extract<StepOp, { readonly op: K }>

/** Of a job's params as JSON: what calls save would fill the store. */
const MAX_PARAMS_BYTES = 512 * 1024
/** Of a reply that is kept as an attribute, UTF-16 units; the rest is cut off. */
const MAX_SAVED_REPLY = 4000

/** Begins a step. What has nothing to be evaluated is done at once. */
export function startOp(draft: Draft, op: StepOp): Result {
  switch (op.op) {
    case 'if':
    case 'code':
      return startCode(draft, op)
    case 'wait':
      nextPc(draft)
      return waitFor(draft, { kind: 'time', until: later(draft, op.seconds) })
    case 'waitReply':
      return waitFor(draft, { kind: 'reply', until: later(draft, op.timeoutSec) })
    case 'run':
      return { stop: { kind: 'load', script: op.script }, asked: { kind: 'run' } }
    case 'end':
      draft.frames.length = 0
      return undefined
    default:
      return startRender(draft, op)
  }
}

/** Goes on with a step when the sandbox has answered. */
export function complete(draft: Draft, op: StepOp, outcome: Outcome): Result {
  if (!outcome.ok) return failed('HUB_SCRIPT_CODE', `${op.path}: ${outcome.problem}`)
  const { value, calls } = outcome
  switch (op.op) {
    case 'if':
      return applyCalls(draft, op, calls) ?? branch(draft, op, isTrue(value))
    case 'code':
      return applyCalls(draft, op, calls) ?? nextPc(draft)
    case 'send':
    case 'tag':
    case 'set':
    case 'sendTemplate':
    case 'notify':
    case 'call':
      return apply(draft, op, value)
    default:
      throw new TypeError(`${op.op} evaluates nothing`)
  }
}

function later(draft: Draft, seconds: number): number {
  return draft.view.now + Math.ceil(seconds * 1000)
}

function evaluate(task: Task): Result {
  return { stop: { kind: 'evaluate', task }, asked: { kind: 'evaluate' } }
}

/** All of it is JSON from the store, so nothing in it is undefined. */
function scopeOf({ view: { lead, event, now }, params }: Draft): Scope {
  return { lead, params, ...(event ? { event } : {}), now } as Scope
}

function startCode(draft: Draft, { op, code }: OpOf<'if' | 'code'>): Result {
  return evaluate({ kind: op === 'if' ? 'condition' : 'code', code, scope: scopeOf(draft) })
}

/** As JavaScript has it: what a condition gives back needn't be a boolean. */
function isTrue(value: Json): boolean {
  return Boolean(value)
}

function branch(draft: Draft, op: OpOf<'if'>, isMet: boolean): Result {
  return isMet ? nextPc(draft) : jumpTo(draft, op.otherwise)
}

function send(draft: Draft, op: OpOf<'send'>, rendered: Json): Result {
  const checked = check(newMessageSchema, withNumbers(rendered), `${op.path}.send`)
  if ('problem' in checked) return failed('HUB_SCRIPT_CONTENT', checked.problem)
  emit(draft, { kind: 'send', message: checked.value })
  return nextPc(draft)
}

/** A place's numbers come out of a template as text. */
function withNumbers(message: Json): Json {
  if (!isRecord(message)) return message
  const { location } = message as JsonObject
  if (!isRecord(location)) return message
  const { latitude, longitude } = location
  const numbers = { latitude: toNumber(latitude), longitude: toNumber(longitude) }
  return { ...message, location: { ...location, ...numbers } } as Json
}

function toNumber(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value
}

type Rendering = OpOf<'send' | 'sendTemplate' | 'tag' | 'set' | 'call' | 'notify'>

function startRender(draft: Draft, op: Rendering): Result {
  const template = templateOf(op)
  if (!hasMarkup(template)) return apply(draft, op, template)
  const { textFormat } = draft
  return evaluate({
    kind: 'render',
    template: template as Json,
    scope: scopeOf(draft),
    // The text of a message alone is in the portal's format; in an address or a payload an escape would be a fault.
    ...(op.op === 'send' && textFormat ? { escape: textFormat } : {}),
  })
}

function templateOf(op: Rendering): Json {
  switch (op.op) {
    case 'send':
      return op.message
    case 'sendTemplate':
      return op.template
    case 'tag':
      return { add: op.add, remove: op.remove }
    case 'set':
      return op.attributes
    case 'notify':
      return op.data
    case 'call': {
      const { url, headers, body } = op.request
      return { url, ...(headers ? { headers } : {}), ...(body === undefined ? {} : { body }) }
    }
  }
}

/** Does what a step says, when its templates are rendered. */
function apply(draft: Draft, op: Rendering, rendered: Json): Result {
  switch (op.op) {
    case 'send':
      return send(draft, op, rendered)
    case 'sendTemplate':
      return sendTemplate(draft, op, rendered)
    case 'tag': {
      const { add, remove } = rendered as { add: readonly string[]; remove: readonly string[] }
      return applyChange(draft, op, { addTags: add, removeTags: remove }) ?? nextPc(draft)
    }
    case 'set':
      return applyChange(draft, op, { attributes: rendered as JsonObject }) ?? nextPc(draft)
    case 'notify':
      emit(draft, {
        kind: 'notify',
        script: topFrame(draft).script,
        data: rendered as JsonObject,
      })
      return nextPc(draft)
    case 'call':
      return startCall(draft, op, rendered)
  }
}

function sendTemplate(draft: Draft, op: OpOf<'sendTemplate'>, rendered: Json): Result {
  const checked = check(templateSchema, rendered, `${op.path}.sendTemplate`)
  if ('problem' in checked) return failed('HUB_SCRIPT_CONTENT', checked.problem)
  emit(draft, { kind: 'sendTemplate', template: checked.value })
  return nextPc(draft)
}

function applyChange(draft: Draft, op: StepOp, change: Change): Result {
  const changed = changeLead(draft.view.lead, change)
  if ('problem' in changed) {
    return failed('HUB_SCRIPT_CONTENT', `${op.path}: ${changed.problem}`)
  }
  draft.view = { ...draft.view, lead: changed.lead }
  if (changed.change) emit(draft, { kind: 'change', ...changed.change })
  return undefined
}

function applyCalls(draft: Draft, op: StepOp, calls: readonly BotCall[]): Result {
  const read = readBotCalls(calls, draft.view.leadId)
  if ('problem' in read) return failed('HUB_SCRIPT_CONTENT', `${op.path}: ${read.problem}`)
  const { view, effectCount } = draft
  for (const effect of read.effects) {
    const behind = draft.effectCount - effectCount
    const problem = applyEffect(draft, op, effect.kind === 'bot' ? { ...effect, behind } : effect)
    if (!problem) continue
    // A step is done as a whole or not at all.
    draft.view = view
    draft.effects.length -= draft.effectCount - effectCount
    draft.effectCount = effectCount
    return problem
  }
  return undefined
}

function applyEffect(draft: Draft, op: StepOp, effect: Effect): Result {
  if (effect.kind === 'change') return applyChange(draft, op, effect)
  emit(draft, effect)
  return undefined
}

function startCall(draft: Draft, op: OpOf<'call'>, rendered: Json): Result {
  const read = readRequest(op.request, rendered, `${op.path}.call`)
  if ('problem' in read) return failCall(draft, op, read.problem)
  const { request } = read
  return waitFor(draft, { kind: 'call', request, tries: 0, until: draft.view.now })
}

export function onCalled(draft: Draft, op: StepOp, wait: CallWait, result: CallResult): Result {
  if (op.op !== 'call') throw new TypeError(`${op.op} makes no call`)
  const verdict = judge(result, wait.tries + 1, op.save !== undefined)
  if (verdict.kind === 'again') {
    const until = draft.view.now + verdict.afterMs
    return waitFor(draft, { ...wait, tries: wait.tries + 1, until })
  }
  draft.wait = undefined
  if (verdict.kind === 'failed') return failCall(draft, op, `${op.path}.call: ${verdict.problem}`)
  return save(draft, op, verdict.value)
}

function failCall(draft: Draft, op: OpOf<'call'>, problem: string): Result {
  if (op.onError === undefined) return failed('HUB_SCRIPT_CALL', problem)
  return jumpTo(draft, op.onError)
}

function save(draft: Draft, op: OpOf<'call'>, value: Json): Result {
  if (op.save !== undefined) {
    const params = { ...draft.params, [op.save]: value }
    if (Buffer.byteLength(JSON.stringify(params)) > MAX_PARAMS_BYTES) {
      const problem = `${op.path}.call: the job's params would be longer than ${MAX_PARAMS_BYTES / 1024} KiB`
      return failed('HUB_SCRIPT_CONTENT', problem)
    }
    draft.params = params
  }
  return nextPc(draft)
}

export function onReply(draft: Draft, op: StepOp, text: string): Result {
  if (op.op !== 'waitReply') throw new TypeError(`${op.op} waits for no reply`)
  const kept = text.slice(0, MAX_SAVED_REPLY).toWellFormed()
  const problem =
    op.save === undefined ? undefined : applyChange(draft, op, { attributes: { [op.save]: kept } })
  return problem ?? nextPc(draft)
}

export function onReplyTimeout(draft: Draft, op: StepOp): Result {
  if (op.op !== 'waitReply') throw new TypeError(`${op.op} waits for no reply`)
  return op.onTimeout === undefined ? nextPc(draft) : jumpTo(draft, op.onTimeout)
}
