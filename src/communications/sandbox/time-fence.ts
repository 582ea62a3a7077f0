import { type Context, createContext, Script } from 'node:vm'
import { isRecord } from '../../core/json.ts'

/**
 * Stops work of this thread that runs too long, wherever it is: in a loop inside of an engine in WebAssembly, which asks
 * nobody whether it may go on, as well as in JavaScript. `node:vm` is used for its timeout alone; the work runs in the
 * ordinary world. What was stopped may have left anything half done: throw away what it was working on.
 */
export class TimeFence {
  readonly #context: Context = createContext({ work: undefined })
  readonly #script = new Script('work()')

  /** False: it was stopped. Costs 0.1 ms, for a thread that watches: put several pieces of work into one call. */
  run(work: () => void, limitMs: number): boolean {
    this.#context['work'] = work
    try {
      this.#script.runInContext(this.#context, { timeout: limitMs })
      return true
    } catch (error) {
      if (isTimeout(error)) return false
      throw error
    } finally {
      this.#context['work'] = undefined
    }
  }
}

/** It is made in a world of its own, whose `Error` is not ours. */
function isTimeout(error: unknown): boolean {
  return isRecord(error) && error['code'] === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}

/** Time of the processor that this thread has taken: what others take of a busy machine is nobody's fault. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
