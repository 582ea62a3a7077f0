import { setTimeout as delay } from 'node:timers/promises'
import { styleText } from 'node:util'

/** A step of the demo that did not happen; `message` says which and why. */
class StepNotSeenError extends Error {
  override name = 'StepNotSeenError'
}

export interface NarratorOptions {
  readonly write: (text: string) => void
  /** How long each thing may take to be seen. */
  readonly deadlineMs: number
  /** Ends every wait. */
  readonly signal: AbortSignal
}

const POLL_MS = 10

type Truthy<T> = Exclude<T, false | null | undefined | '' | 0>

function isTruthy<T>(value: T): value is T & Truthy<T> {
  return Boolean(value)
}

/** Prints the steps of the demo; a step counts only when it was seen to happen. */
export class Narrator {
  readonly #options: NarratorOptions
  #step = 0
  #title = ''

  constructor(options: NarratorOptions) {
    this.#options = options
  }

  get stepCount(): number {
    return this.#step
  }

  begin(title: string): void {
    this.#step += 1
    this.#title = title
    this.#write(`\n${paint('bold', `${this.#step}. ${title}`)}\n`)
  }

  say(text: string): void {
    for (const line of text.split('\n')) this.#write(`   ${line}\n`)
  }

  show(value: unknown): void {
    for (const line of JSON.stringify(value, null, 2).split('\n')) {
      this.#write(`     ${paint('dim', line)}\n`)
    }
  }

  /** Does `act` once, ticks `what` off and gives the outcome back. Throws StepNotSeenError, also when it is falsy. */
  async act<T>(what: string, act: () => Promise<T>): Promise<Truthy<T>> {
    return await this.#within(what, async (stop) => {
      const outcome = await unlessAborted(act(), stop)
      if (isTruthy(outcome)) return outcome
      throw new Error('it came out otherwise')
    })
  }

  /** Looks again and again until `look` gives something; else as `act`. */
  async see<T>(what: string, look: () => T | Promise<T>): Promise<Truthy<T>> {
    return await this.#within(what, async (stop) => {
      for (;;) {
        const found = await unlessAborted(Promise.resolve().then(look), stop)
        if (isTruthy(found)) return found
        await delay(POLL_MS, undefined, { signal: stop })
      }
    })
  }

  async #within<T>(what: string, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
    const { deadlineMs, signal } = this.#options
    const deadline = AbortSignal.timeout(deadlineMs)
    try {
      const seen = await work(AbortSignal.any([signal, deadline]))
      this.#write(`   ${paint('green', '✓')} ${what}\n`)
      return seen
    } catch (cause) {
      const why = deadline.aborted ? `not within ${deadlineMs / 1000} s` : describe(cause, signal)
      throw new StepNotSeenError(
        `step ${this.#step} "${this.#title}" was not seen to happen: ${what}: ${why}`,
        { cause },
      )
    }
  }

  #write(text: string): void {
    if (!this.#options.signal.aborted) this.#options.write(text)
  }
}

/** What `look` waits for may never end by itself. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function describe(cause: unknown, signal: AbortSignal): string {
  const error: unknown = signal.aborted ? signal.reason : cause
  return error instanceof Error ? error.message : 'unknown failure'
}

/** Plain where stdout is no terminal, or NO_COLOR is set. */
function paint(style: 'bold' | 'dim' | 'green', text: string): string {
  return styleText(style, text, { stream: process.stdout })
}
