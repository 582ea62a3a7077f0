import { createQuickJsFactory, type QuickJsFactory } from './quickjs.ts'
import {
  type Item,
  type Outcome,
  problemOf,
  SANDBOX_LIMITS,
  type Sandbox,
  toItems,
  toProblem,
} from './sandbox.ts'
import { ScriptEngine, tooSlow } from './script-engine.ts'
import { TemplateEngine, tooSlowTemplate } from './template-engine.ts'
import { TimeFence, threadMs } from './time-fence.ts'

/** So long one fence takes further items: putting it up costs as much as a small condition. */
const SHARED_FENCE_MS = 10
/** A machine that has no time for this thread is no fault of the code: it is tried again, each time with twice as long. */
const TRIES = 3
/** Of its bound, in time of the processor: what was stopped with less of it may have needed only its turn. */
const STARVED_BELOW = 0.9

/** Called before each item, with its index. */
type Progress = (index: number) => void

interface Round {
  readonly items: readonly Item[]
  readonly outcomes: Outcome[]
  /** How many times as long as its bound it may take on the clock. */
  readonly patience: number
}

/** Does the work of the sandbox in the thread that it is called from. */
export class Evaluator {
  readonly #makeQuickJs: QuickJsFactory
  readonly #templates = new TemplateEngine()
  readonly #fence = new TimeFence()
  #scripts: ScriptEngine | undefined

  constructor(makeQuickJs: QuickJsFactory) {
    this.#makeQuickJs = makeQuickJs
  }

  async run(items: readonly Item[], progress: Progress = () => undefined): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    let tries = 0
    let stoppedAt = -1
    while (outcomes.length < items.length) {
      const scripts = await this.#readyScripts()
      const patience = stoppedAt === outcomes.length ? 2 ** tries : 1
      const stopped = this.#runFenced({ items, outcomes, patience }, scripts, progress)
      if (stopped === undefined) continue
      tries = stoppedAt === outcomes.length ? tries + 1 : 1
      stoppedAt = outcomes.length
      if (stopped.wasStarved && tries < TRIES) continue
      outcomes.push(stopped.outcome)
    }
    return outcomes
  }

  async #readyScripts(): Promise<ScriptEngine> {
    // Two that wait here may both have made one: whoever goes on first has set it.
    while (this.#scripts === undefined || this.#scripts.isBroken) {
      this.#scripts = new ScriptEngine(await this.#makeQuickJs())
    }
    return this.#scripts
  }

  /** Adds outcomes; says how the item behind the last of them was stopped, if one was. */
  #runFenced(
    { items, outcomes, patience }: Round,
    scripts: ScriptEngine,
    progress: Progress,
  ): { wasStarved: boolean; outcome: Outcome } | undefined {
    const first = items[outcomes.length]
    if (first === undefined) return undefined
    const limitMs = boundOf(first)
    const startedAt = performance.now()
    let itemStartedMs = threadMs()
    const isDone = this.#fence.run(
      () => {
        for (let item: Item | undefined = first; item !== undefined; ) {
          itemStartedMs = threadMs()
          progress(outcomes.length)
          outcomes.push(this.#evaluate(item, scripts))
          if (scripts.isBroken || performance.now() - startedAt > SHARED_FENCE_MS) return
          item = items[outcomes.length]
          if (item !== undefined && boundOf(item) !== limitMs) return
        }
      },
      patience * (limitMs + overrunOf(first)),
    )
    // Stopped between two items: nobody was at work.
    if (isDone || outcomes.length === items.length) return undefined
    const stopped = items[outcomes.length] ?? first
    return {
      wasStarved: threadMs() - itemStartedMs < limitMs * STARVED_BELOW,
      outcome: boundOf(stopped) === SANDBOX_LIMITS.codeMs ? tooSlow() : tooSlowTemplate(),
    }
  }

  #evaluate(item: Item, scripts: ScriptEngine): Outcome {
    switch (item.kind) {
      case 'condition':
      case 'code':
        return scripts.run(item)
      case 'render':
        return this.#templates.run(item)
      case 'check': {
        const { kind, source } = item.source
        return kind === 'code' ? scripts.check(source) : this.#templates.check(source)
      }
      default:
        return toProblem('the sandbox does not know this task')
    }
  }
}

function boundOf(item: Item): number {
  const isTemplate =
    item.kind === 'render' || (item.kind === 'check' && item.source.kind === 'template')
  return isTemplate ? SANDBOX_LIMITS.renderMs : SANDBOX_LIMITS.codeMs
}

/**
 * The engine of code interrupts itself and is stopped from outside only where it can't: later, so that what is merely
 * waiting for a processor gets its turn. Nothing else stops a template.
 */
function overrunOf(item: Item): number {
  return boundOf(item) === SANDBOX_LIMITS.codeMs ? SANDBOX_LIMITS.overrunMs : SHARED_FENCE_MS
}

/** Reads and compiles the engine: once in a thread. */
export async function createEvaluator(): Promise<Evaluator> {
  return new Evaluator(await createQuickJsFactory())
}

/** A sandbox in the caller's own thread, which it holds for as long as a task takes. For tests and the simulation. */
export function createLocalSandbox(): Sandbox {
  let evaluator: Promise<Evaluator> | undefined
  let isClosed = false
  async function run(items: readonly Item[]): Promise<Outcome[]> {
    if (isClosed) throw new Error('the sandbox is closed')
    evaluator ??= createEvaluator()
    return await (await evaluator).run(items)
  }
  return {
    run,
    check: async (sources) => (await run(toItems(sources))).map(problemOf),
    close: async () => {
      isClosed = true
    },
  }
}
