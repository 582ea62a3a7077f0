import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'

const SAY_EVERY_MS = 60_000

/** How far webhooks have been given the hub's new address, for the log. */
export class MoveProgress {
  readonly #clock: Clock
  readonly #log: Log
  #total = 0
  #moved = 0
  #failed = 0
  #saidAt = 0

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  begin(lines: number): void {
    this.#total = lines
    this.#moved = 0
    this.#failed = 0
    this.#saidAt = this.#clock.now()
  }

  note(isMoved: boolean): void {
    if (this.#total === 0) return
    if (isMoved) this.#moved += 1
    else this.#failed += 1
    const now = this.#clock.now()
    const done = this.#moved + this.#failed
    const fields = { lines: this.#total, moved: this.#moved, failed: this.#failed }
    if (done >= this.#total) {
      this.#total = 0
      const level = this.#failed > 0 ? 'warn' : 'info'
      this.#log[level](
        { event: 'public-url.moved', ...fields },
        "webhooks have the hub's new public URL; those that failed are tried again with their next check",
      )
    } else if (now - this.#saidAt >= SAY_EVERY_MS) {
      this.#saidAt = now
      this.#log.info({ event: 'public-url.moving', ...fields }, 'webhooks are installed anew')
    }
  }
}
