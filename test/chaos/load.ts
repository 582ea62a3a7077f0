import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'
import { toUpdate } from './updates.ts'

export interface Target {
  readonly path: string
  readonly secret: string
}

export interface LoadOrder {
  readonly targets: readonly Target[]
  /** Base addresses of the hubs that are said to run, as a load balancer would know them. */
  readonly hubs: () => readonly string[]
  readonly ledger: Pick<Ledger, 'posted'>
  readonly random: Random
  /** Updates per second over all lines. */
  readonly rate: number
  /** What the first target's line is called in updates; 0 if absent. */
  readonly firstLine?: number
}

/** A messenger's patience; shorter than Telegram's (a minute), so that a stopped hub is met by a repeat. */
const POST_TIMEOUT_MS = 3000

/**
 * Posts each line's updates one after another: the next only after a 2xx, so that their order is defined. An update that
 * isn't answered so goes again, to any hub, until it is.
 */
export class Load {
  readonly #order: LoadOrder
  readonly #agent = new Agent({ connections: 32, pipelining: 1 })
  readonly #stopping = new AbortController()
  readonly failures = new Map<string, number>()
  posts = 0
  /** The longest time in which no hub took anything. */
  longestSilenceMs = 0
  #lastTakenAt = Date.now()
  #running: Promise<void>[] = []

  constructor(order: LoadOrder) {
    this.#order = order
  }

  start(): void {
    this.#lastTakenAt = Date.now()
    this.#running = this.#order.targets.map((target, index) =>
      this.#runLine((this.#order.firstLine ?? 0) + index, target),
    )
  }

  /** Nothing new is begun; every line's last update is brought home. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
    await this.#agent.destroy()
  }

  async #runLine(line: number, target: Target): Promise<void> {
    const everyMs = (1000 * this.#order.targets.length) / this.#order.rate
    let dueAt = performance.now() + this.#order.random.between(0, everyMs)
    for (let number = 0; !this.#stopping.signal.aborted; number++) {
      const waitMs = dueAt - performance.now()
      if (waitMs > 0) await sleep(waitMs)
      // What couldn't be posted in time is not caught up with.
      dueAt = Math.max(dueAt + everyMs, performance.now() - everyMs)
      await this.#bringHome(line, number, target)
    }
  }

  async #bringHome(line: number, number: number, target: Target): Promise<void> {
    const { hubs, random, ledger } = this.#order
    const body = toUpdate(line, number)
    let avoided: string | undefined
    for (let pauseMs = 20; ; pauseMs = Math.min(250, pauseMs * 2)) {
      const others = hubs().filter((url) => url !== avoided)
      const url = others.length > 0 ? random.pick(others) : avoided
      const failure = url === undefined ? 'no hub' : await this.#post(url, target, body)
      if (failure === undefined) {
        ledger.posted(line, number)
        const now = Date.now()
        this.longestSilenceMs = Math.max(this.longestSilenceMs, now - this.#lastTakenAt)
        this.#lastTakenAt = now
        return
      }
      this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1)
      avoided = url
      await sleep(pauseMs)
    }
  }

  /** Undefined when it was taken, else what was in the way. */
  async #post(url: string, target: Target, body: string): Promise<string | undefined> {
    this.posts += 1
    try {
      const response = await this.#agent.request({
        origin: url,
        path: target.path,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-telegram-bot-api-secret-token': target.secret,
        },
        body,
        signal: AbortSignal.timeout(POST_TIMEOUT_MS),
      })
      const text = await response.body.text()
      if (response.statusCode >= 200 && response.statusCode < 300) return undefined
      const code = /"code":"(\w+)"/.exec(text)?.[1] ?? ''
      return `HTTP ${response.statusCode} ${code}`.trim()
    } catch (error) {
      const { code, name } = error as { code?: unknown; name?: unknown }
      return typeof code === 'string' ? code : String(name)
    }
  }
}
