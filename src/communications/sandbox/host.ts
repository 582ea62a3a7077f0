import { Worker } from 'node:worker_threads'
import { type Item, type Outcome, problemOf, type Sandbox, toItems, toProblem } from './sandbox.ts'

/** To the worker: what it is to do next. */
export interface Batch {
  readonly items: readonly Item[]
}

/** From the worker: one outcome for each item. */
export interface Reply {
  readonly outcomes: readonly Outcome[]
}

export interface WorkerSandboxOptions {
  /** The worker's file. */
  readonly entry?: URL
  /**
   * So long an item may take before the worker counts as lost. It bounds its items itself, from 50 to 200 ms; this is for
   * when it can't.
   */
  readonly lostAfterMs?: number
  /** Items that may wait in all; what is beyond is refused with a problem. */
  readonly maxWaiting?: number
}

const LOST_AFTER_MS = 2000
/** Loading takes 200 ms; on a machine with much else to do many times as long. */
const START_FACTOR = 8
const LOOKS = 8
const MAX_WAITING = 20_000
/** What one message holds: an outcome that is ready waits for the last of its batch. */
const MAX_BATCH = 64
/** Of a worker that is lost before it has begun with anything. */
const MAX_STARTS = 3

interface Waiting {
  readonly item: Item
  resolve(outcome: Outcome): void
  reject(error: Error): void
}

/**
 * A sandbox in a thread of its own, so that a portal's code never holds up the event loop. The thread starts with the
 * first task and stays; what comes while it is at work goes to it together. It keeps the process alive while it is at
 * work, and not else.
 */
export function createWorkerSandbox(options: WorkerSandboxOptions = {}): Sandbox {
  const host = new Host(options)
  return {
    run: (tasks) => host.run(tasks),
    check: async (sources) => (await host.run(toItems(sources))).map(problemOf),
    close: () => host.close(),
  }
}

class Host {
  readonly #entry: URL
  readonly #lostAfterMs: number
  readonly #maxWaiting: number
  #waiting: Waiting[] = []
  #underWay: Waiting[] = []
  /** The index of the item that the worker is on, plus one; 0: it has not begun. */
  readonly #progress = new Int32Array(new SharedArrayBuffer(4))
  #worker: Worker | undefined
  #watch: NodeJS.Timeout | undefined
  #failedStarts = 0
  #isClosed = false

  constructor({ entry, lostAfterMs, maxWaiting }: WorkerSandboxOptions) {
    this.#entry = entry ?? new URL('./worker.ts', import.meta.url)
    this.#lostAfterMs = lostAfterMs ?? LOST_AFTER_MS
    this.#maxWaiting = maxWaiting ?? MAX_WAITING
  }

  run(items: readonly Item[]): Promise<Outcome[]> {
    const outcomes = items.map((item) => this.#add(item))
    this.#sendNext()
    return Promise.all(outcomes)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const pending = [...this.#underWay, ...this.#waiting]
    this.#underWay = []
    this.#waiting = []
    for (const { reject } of pending) reject(closed())
    await this.#dropWorker()
  }

  #add(item: Item): Promise<Outcome> {
    if (this.#isClosed) return Promise.reject(closed())
    if (this.#waiting.length >= this.#maxWaiting) {
      return Promise.resolve(toProblem('the sandbox has too much to do: try again later'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
    })
  }

  #sendNext(): void {
    if (this.#isClosed || this.#underWay.length > 0 || this.#waiting.length === 0) return
    this.#underWay = this.#waiting.splice(0, MAX_BATCH)
    Atomics.store(this.#progress, 0, 0)
    try {
      const worker = this.#startedWorker()
      worker.ref()
      this.#watchOver(worker)
      worker.postMessage({ items: this.#underWay.map(({ item }) => item) } satisfies Batch)
    } catch (error) {
      this.#failBatch(`the sandbox was given what is not data: ${String(error)}`)
    }
  }

  #startedWorker(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(this.#entry, {
      workerData: this.#progress.buffer,
      // Nothing of the process that code could find if it ever came out.
      env: {},
      // Flags of a process such as --eval are none of a worker's.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 },
    })
    worker.on('message', (reply: Reply) => this.#settle(worker, reply))
    // Without a listener the error would end the process; the exit follows.
    worker.on('error', () => undefined)
    worker.on('exit', () => this.#lose(worker))
    this.#worker = worker
    return worker
  }

  #settle(worker: Worker, { outcomes }: Reply): void {
    if (worker !== this.#worker) return
    this.#failedStarts = 0
    clearInterval(this.#watch)
    worker.unref()
    const settled = this.#underWay
    this.#underWay = []
    for (const [index, { resolve }] of settled.entries()) {
      resolve(outcomes[index] ?? toProblem('the sandbox gave no answer'))
    }
    this.#sendNext()
  }

  /** Looks several times, so that a machine that slept meanwhile doesn't cost the worker its life. */
  #watchOver(worker: Worker): void {
    let seen = 0
    let looks = 0
    this.#watch = setInterval(() => {
      const now = Atomics.load(this.#progress, 0)
      looks = now === seen ? looks + 1 : 0
      seen = now
      if (looks >= (now === 0 ? LOOKS * START_FACTOR : LOOKS)) this.#lose(worker)
    }, this.#lostAfterMs / LOOKS)
    this.#watch.unref()
  }

  /** The item it was on fails; the others go to another worker. They have no effects, so twice is no harm. */
  #lose(worker: Worker): void {
    if (worker !== this.#worker) return
    void this.#dropWorker()
    const at = Atomics.load(this.#progress, 0) - 1
    const others = this.#underWay
    if (at < 0 && others.length > 0) {
      this.#failedStarts += 1
      if (this.#failedStarts >= MAX_STARTS) {
        this.#failBatch('the sandbox does not start')
        return
      }
    }
    this.#underWay = []
    const [culprit] = at < 0 ? [] : others.splice(at, 1)
    culprit?.resolve(toProblem('it took too long or too much memory, and the sandbox was stopped'))
    this.#waiting.unshift(...others)
    this.#sendNext()
  }

  #failBatch(problem: string): void {
    clearInterval(this.#watch)
    this.#worker?.unref()
    const failed = this.#underWay
    this.#underWay = []
    for (const { resolve } of failed) resolve(toProblem(problem))
    this.#sendNext()
  }

  async #dropWorker(): Promise<void> {
    clearInterval(this.#watch)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

function closed(): Error {
  return new Error('the sandbox is closed')
}
