import { hash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { withFault } from '../health/facts.ts'
import { toFault } from '../health/fault.ts'
import type { LineHealth } from '../lines/health-port.ts'
import type { HealthBook } from './health-book.ts'

export interface HealthDeskDeps {
  readonly clock: Clock
  readonly book: HealthBook
  readonly checkEveryMs: number
  /** Where messengers reach the hub. */
  readonly publicUrl: string
}

/** Lines are checked up to so much earlier or later than others, so that they don't come in step. */
const JITTER = 0.1

/** What is known of lines' health without asking a channel. */
export class HealthDesk implements LineHealth {
  readonly #deps: HealthDeskDeps
  /** A hash of the public URL: a webhook that was installed under another one has to be moved. */
  readonly base: string

  constructor(deps: HealthDeskDeps) {
    this.#deps = deps
    this.base = hash('sha256', deps.publicUrl, 'base64url').slice(0, 22)
  }

  nextCheck(): { readonly dueAt: number; readonly base: string } {
    const { dueAt, spreadMs } = this.nextRound()
    return { dueAt: dueAt + Math.floor(Math.random() * spreadMs), base: this.base }
  }

  /** For many lines at once: from `dueAt` on, over `spreadMs`. */
  nextRound(): { readonly dueAt: number; readonly spreadMs: number } {
    const { checkEveryMs, clock } = this.#deps
    return {
      dueAt: clock.now() + Math.round(checkEveryMs * (1 - JITTER)),
      spreadMs: Math.round(checkEveryMs * 2 * JITTER),
    }
  }

  refresh(lineIds: Iterable<number>): Promise<void> {
    return this.#deps.book.refresh(lineIds)
  }

  async refused(lineId: number, words: string, secrets: readonly string[]): Promise<void> {
    const fault = toFault({ code: 'token_refused', words }, secrets)
    if (!fault) return
    await this.#deps.book.noteQuietly({
      lineId,
      // The channel has just said it.
      checkedAt: this.#deps.clock.now(),
      change: (facts) => withFault(facts, fault, 'channel'),
    })
  }
}
