import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from 'quickjs-emscripten-core'
import { isRecord } from '../../core/json.ts'
import { withPlace } from './code-position.ts'
import { BOT, ENTER } from './prelude.ts'
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
/** Whether there is any way to `bot`, which takes a third of a small condition's time. */
const MAY_USE_BOT = /bot|eval|arguments|\\/
/** All but typed arrays, with what is shared between threads, and references by which the collector could be watched. */
const INTRINSICS = {
  ...{ BaseObjects: true, Date: true, Eval: true, StringNormalize: true, RegExp: true },
  ...{ RegExpCompiler: true, JSON: true, Proxy: true, MapSet: true, Promise: true, BigInt: true },
}
/** As in a stack: the file that holds the portal's code. */
const FILE = 'code'
/** The code begins on a line of its own, so that columns are its own; lines are one too high. */
const AS_FUNCTION = ['(function (leadId, lead, params, event, now, bot) {\n', '\n})'] as const
/**
 * A second frame around it: code that closes its function too early fits into one of them at the most. It could reach
 * nothing by that, but whoever has typed a bracket too many ought to be told.
 */
const AS_BRANCH = ['(0 ? () => {\n', '\n} : 0)'] as const
const RESERVE = ' '.repeat(8192)
const OUT_OF_MEMORY = 'the code used more than 16 MiB of memory'
/** What is said of a syntax error: the engine's own words, or these. */
type SyntaxWords = typeof IN_ITS_WORDS | typeof TOO_MANY_BRACKETS
const IN_ITS_WORDS = true
const TOO_MANY_BRACKETS = 'a bracket } closes what the code has not opened'

/** Runs a portal's JavaScript, each time in a new world of one engine. */
export class ScriptEngine {
  readonly #quick: QuickJs
  #isBroken = false

  constructor(quick: QuickJs) {
    this.#quick = quick
  }

  /** It was stopped in the middle of something: make another. */
  get isBroken(): boolean {
    return this.#isBroken
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
      const outcome = typeof answer === 'string' ? readAnswer(answer) : answer
      return outcome.ok && task.kind === 'condition' ? { ...outcome, calls: [] } : outcome
    })
  }

  check(code: string): Outcome {
    if (code.length > SANDBOX_LIMITS.source) return toProblem('the code is longer than 64 KiB')
    return this.#inNewWorld(0, 0, (world) => {
      const problem =
        world.compile(code, AS_FUNCTION) ?? world.compile(code, AS_BRANCH, TOO_MANY_BRACKETS)
      return problem ?? { ok: true, value: null, calls: [] }
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
  /** Memory to say with that there is none left. */
  readonly #reserve: QuickJSHandle
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
    this.#context = runtime.newContext({ intrinsics: INTRINSICS })
    this.#reserve = this.#context.newString(RESERVE)
  }

  dispose(): void {
    if (this.#reserve.alive) this.#reserve.dispose()
    for (const handle of this.#handles.toReversed()) handle.dispose()
    this.#context.dispose()
    this.#runtime.dispose()
  }

  /** A text of JSON, unless it didn't come to an answer. */
  run(code: string, json: string, isCondition: boolean): string | Outcome {
    const context = this.#context
    const truth = isCondition ? context.true : context.false
    const most = context.newNumber(SANDBOX_LIMITS.output)
    const given = [this.#keep(context.newString(json)), truth, this.#keep(most)]
    if (MAY_USE_BOT.test(code)) given.push(this.#makeBot(most))
    const prepare = this.#keep(context.unwrapResult(context.evalCode(ENTER, 'hub')))
    const enter = context.callFunction(prepare, context.undefined, ...given)
    if (enter.error) return this.#problemOf(enter.error, '')
    this.#keep(enter.value)
    this.#stopAtMs = threadMs() + SANDBOX_LIMITS.codeMs
    const body = context.evalCode(`${AS_FUNCTION[0]}${code}${AS_FUNCTION[1]}`, FILE)
    if (body.error) return this.#problemOf(body.error, code, IN_ITS_WORDS)
    this.#keep(body.value)
    const answer = context.callFunction(enter.value, context.undefined, body.value)
    if (answer.error) return this.#problemOf(answer.error, code)
    return context.getString(this.#keep(answer.value))
  }

  /** What is wrong with the syntax. */
  compile(
    code: string,
    [head, tail]: readonly [string, string],
    words: SyntaxWords = IN_ITS_WORDS,
  ): Outcome | undefined {
    this.#stopAtMs = threadMs() + SANDBOX_LIMITS.codeMs
    const result = this.#context.evalCode(`${head}${code}${tail}`, FILE, { compileOnly: true })
    if (result.error) return this.#problemOf(result.error, code, words)
    this.#keep(result.value)
    return undefined
  }

  #makeBot(most: QuickJSHandle): QuickJSHandle {
    const context = this.#context
    const maker = this.#keep(context.unwrapResult(context.evalCode(BOT, 'hub')))
    const names = this.#keep(context.newString(NAMES))
    const maxCalls = this.#keep(context.newNumber(SANDBOX_LIMITS.calls))
    const made = context.callFunction(maker, context.undefined, names, maxCalls, most)
    return this.#keep(context.unwrapResult(made))
  }

  #keep(handle: QuickJSHandle): QuickJSHandle {
    this.#handles.push(handle)
    return handle
  }

  /** Reading it may run code, which has the rest of its time for that. */
  #problemOf(error: QuickJSHandle, code: string, words?: SyntaxWords): Outcome {
    this.#keep(error)
    if (this.#wasStopped) return tooSlow()
    this.#reserve.dispose()
    const dumped: unknown = this.#context.dump(error)
    if (this.#wasStopped) return tooSlow()
    return toProblem(sayError(dumped, code, words))
  }
}

export function tooSlow(): Outcome {
  return toProblem(`the code took longer than ${SANDBOX_LIMITS.codeMs} ms`)
}

function sayError(error: unknown, code: string, words?: SyntaxWords): string {
  // The engine's own way where it has no memory left to make an error of.
  if (error === undefined || error === null || error === '') {
    return `threw ${JSON.stringify(error) ?? 'undefined'}, or: ${OUT_OF_MEMORY}`
  }
  if (!isRecord(error)) return `thrown: ${JSON.stringify(error)}`
  const { name, message, stack } = error
  if (name === 'InternalError' && (message === 'out of memory' || message === undefined)) {
    return OUT_OF_MEMORY
  }
  if (typeof message !== 'string') return `thrown: ${JSON.stringify(error)}`
  if (words === IN_ITS_WORDS) return withPlace(stack, code, message)
  return withPlace(stack, code, words ?? `${String(name)}: ${message}`)
}
