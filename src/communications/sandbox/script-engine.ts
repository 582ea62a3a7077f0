import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from 'quickjs-emscripten-core'
import { isRecord } from '../../core/json.ts'
import { withPlace } from './code-position.ts'
import { PRELUDE } from './prelude.ts'
import type { QuickJs } from './quickjs.ts'
import { readAnswer } from './read-answer.ts'
import {
  BOT_CALLS,
  type CodeTask,
  type ConditionTask,
  type Outcome,
  SANDBOX_LIMITS,
  toProblem,
} from './sandbox.ts'
import { threadMs } from './time-fence.ts'

const NAMES = JSON.stringify(BOT_CALLS)
/** As in a stack: the file that holds the portal's code. */
const FILE = 'code'
/** The code begins on a line of its own, so that columns are its own; lines are one too high. */
const AS_FUNCTION = ['(function (leadId, lead, params, event, now, bot) {\n', '\n})'] as const
/**
 * A second frame around it: code that closes its function too early fits into one of them at the most. It could reach
 * nothing by that, but whoever has typed a bracket too many ought to be told.
 */
const TOO_MANY_BRACKETS = 'a bracket } closes what the code has not opened'
const AS_BRANCH = ['(0 ? () => {\n', '\n} : 0)'] as const

/** Runs a portal's JavaScript, each time in a new world of one engine. */
export class ScriptEngine {
  readonly #quick: QuickJs
  #isBroken = false

  constructor(quick: QuickJs) {
    this.#quick = quick
  }

  /** It was interrupted where it must not be, or holds much memory: make another. */
  get isSpent(): boolean {
    return this.#isBroken || this.#quick.isLarge()
  }

  run(task: ConditionTask | CodeTask): Outcome {
    const { code, scope } = task
    if (code.length > SANDBOX_LIMITS.source) return toProblem('the code is longer than 64 KiB')
    const { lead, params, event, now } = scope
    const json = JSON.stringify({ lead, params, event, now })
    if (json.length > SANDBOX_LIMITS.scope) {
      return toProblem('the recipient, the parameters and the event together are over 1 MiB')
    }
    return this.#inNewWorld(scope.now, Number(lead['lead']) || 0, (world) => {
      const answer = world.run(code, json, task.kind === 'condition')
      const outcome = typeof answer === 'string' ? readAnswer(answer, code) : answer
      return outcome.ok && task.kind === 'condition' ? { ...outcome, calls: [] } : outcome
    })
  }

  check(code: string): Outcome {
    if (code.length > SANDBOX_LIMITS.source) return toProblem('the code is longer than 64 KiB')
    return this.#inNewWorld(0, 0, (world) => {
      const problem = world.compile(code, AS_FUNCTION)
      if (problem !== undefined) return problem
      const isClosed = world.compile(code, AS_BRANCH) === undefined
      return isClosed ? { ok: true, value: null, calls: [] } : toProblem(TOO_MANY_BRACKETS)
    })
  }

  #inNewWorld(now: number, seed: number, work: (world: World) => Outcome): Outcome {
    // Set first: what stops this from outside leaves the engine in the middle of something.
    this.#isBroken = true
    let outcome: Outcome
    try {
      const { module } = this.#quick
      // Random numbers begin with the time at which a world is made.
      this.#quick.setNow(now + seed)
      const runtime = module.newRuntime()
      const world = new World(runtime)
      this.#quick.setNow(now)
      outcome = work(world)
      world.dispose()
    } catch (error) {
      // Its stack has overflown, or it has found itself in a state that can't be.
      return toProblem(
        error instanceof RangeError
          ? 'the code or its data is nested too deep'
          : 'the code brought the sandbox down',
      )
    }
    this.#isBroken = false
    return outcome
  }
}

class World {
  readonly #runtime: QuickJSRuntime
  readonly #context: QuickJSContext
  #stopAtMs = Number.POSITIVE_INFINITY
  #wasStopped = false
  /** All must be given back before the runtime is. */
  readonly #handles: QuickJSHandle[] = []

  constructor(runtime: QuickJSRuntime) {
    this.#runtime = runtime
    runtime.setMemoryLimit(SANDBOX_LIMITS.memoryBytes)
    runtime.setMaxStackSize(SANDBOX_LIMITS.stackBytes)
    runtime.setInterruptHandler(() => {
      this.#wasStopped ||= threadMs() > this.#stopAtMs
      return this.#wasStopped
    })
    this.#context = runtime.newContext()
  }

  dispose(): void {
    for (const handle of this.#handles.toReversed()) handle.dispose()
    this.#context.dispose()
    this.#runtime.dispose()
  }

  /** A text of JSON, unless it didn't come to an answer. */
  run(code: string, json: string, isCondition: boolean): string | Outcome {
    const context = this.#context
    const { calls, output } = SANDBOX_LIMITS
    const prepare = this.#keep(context.unwrapResult(context.evalCode(PRELUDE, 'hub')))
    const given = [json, NAMES].map((text) => this.#keep(context.newString(text)))
    const limits = [calls, output].map((limit) => this.#keep(context.newNumber(limit)))
    const enter = context.callFunction(prepare, context.undefined, ...given, ...limits)
    if (enter.error) return this.#problemOf(enter.error, '')
    this.#keep(enter.value)
    this.#stopAtMs = threadMs() + SANDBOX_LIMITS.codeMs
    const body = context.evalCode(`${AS_FUNCTION[0]}${code}${AS_FUNCTION[1]}`, FILE)
    if (body.error) return this.#problemOf(body.error, code)
    this.#keep(body.value)
    const truth = isCondition ? context.true : context.false
    const answer = context.callFunction(enter.value, context.undefined, body.value, truth)
    if (answer.error) return this.#problemOf(answer.error, code)
    return context.getString(this.#keep(answer.value))
  }

  compile(code: string, [head, tail]: readonly [string, string]): Outcome | undefined {
    this.#stopAtMs = threadMs() + SANDBOX_LIMITS.codeMs
    const result = this.#context.evalCode(`${head}${code}${tail}`, FILE, { compileOnly: true })
    if (result.error) return this.#problemOf(result.error, code)
    this.#keep(result.value)
    return undefined
  }

  #keep(handle: QuickJSHandle): QuickJSHandle {
    this.#handles.push(handle)
    return handle
  }

  /** Of an error that came from the engine itself: code's own are caught by the prelude. */
  #problemOf(error: QuickJSHandle, code: string): Outcome {
    this.#keep(error)
    if (this.#wasStopped) return tooSlow()
    const dumped: unknown = this.#context.dump(error)
    if (this.#wasStopped) return tooSlow()
    return toProblem(sayEngineError(dumped, code))
  }
}

export function tooSlow(): Outcome {
  return toProblem(`the code took longer than ${SANDBOX_LIMITS.codeMs} ms`)
}

function sayEngineError(error: unknown, code: string): string {
  if (!isRecord(error) || typeof error['message'] !== 'string') return 'the code can not be run'
  const { name, message, stack } = error
  return withPlace(stack, code, name === 'SyntaxError' ? message : `${String(name)}: ${message}`)
}
