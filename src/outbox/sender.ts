import { sleep, type Timer } from '../core/clock.ts'
import { LeaseLostError, StoreUnavailableError } from '../core/errors.ts'
import type { Lease } from '../core/lease.ts'
import { claimDueOutbox, releaseOutbox, type SendSettlement, settleSends } from '../db/outbox.ts'
import { GroupCommitter } from '../inbox/group-commit.ts'
import type { ActiveLine } from '../ingress/line-directory.ts'
import { LineRun, type LineRunDeps } from './line-run.ts'

export interface OutboxSenderDeps extends Omit<LineRunDeps, 'settle'> {
  readonly lease: Lease
  findLine(lineId: number): Promise<ActiveLine | undefined>
  /** News for portals have been committed. */
  onNews(): void
}

const POLL_MS = 200
const POLL_JITTER_MS = 50
const MAX_LINES = 64
const MAX_SETTLES = 100
const STORE_RETRY_MS = 250

/** The sending side of the outbox: takes lines that have messages due and runs them, many lines side by side. */
export class OutboxSender {
  readonly #deps: OutboxSenderDeps
  readonly #settles: GroupCommitter<{ token: string; settlement: SendSettlement }, boolean>
  readonly #runs = new Map<number, Promise<void>>()
  readonly #stopping = new AbortController()
  #sends = new AbortController()
  #timer: Timer | undefined
  #polling: Promise<void> | undefined

  constructor(deps: OutboxSenderDeps) {
    this.#deps = deps
    this.#settles = new GroupCommitter((batch) => this.#flush(batch), {
      maxItems: MAX_SETTLES,
      maxWaiting: Number.POSITIVE_INFINITY,
      gather: () => deps.store.letOthersIn(),
    })
    deps.lease.onSuspended(() => {
      this.#sends.abort()
      this.#sends = new AbortController()
    })
  }

  start(): void {
    this.#schedule(0)
  }

  /** Looks for due lines now instead of at the next poll. */
  wake(): void {
    if (this.#timer) this.#schedule(0)
  }

  /** Begins nothing new; what is under way may end within `graceMs`, then is broken off and put back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    this.#timer?.cancel()
    this.#timer = undefined
    await this.#polling
    const timer = this.#deps.clock.after(graceMs, () => this.#sends.abort())
    await Promise.all(this.#runs.values())
    timer.cancel()
  }

  #schedule(delayMs: number): void {
    if (this.#stopping.signal.aborted) return
    this.#timer?.cancel()
    this.#timer = this.#deps.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#polling = this.#poll().finally(() => {
        this.#polling = undefined
      })
    })
  }

  async #poll(): Promise<void> {
    const { store, lease, clock, log } = this.#deps
    try {
      const room = MAX_LINES - this.#runs.size
      if (room > 0 && lease.isAlive()) {
        const { token } = lease
        for (const lineId of await claimDueOutbox(store, token, room, clock.now())) {
          this.#start(lineId, token)
        }
      }
    } catch (error) {
      log.warn({ event: 'outbox.poll-failed', err: error }, 'could not look for due messages')
    }
    this.#schedule(POLL_MS + Math.random() * POLL_JITTER_MS)
  }

  #start(lineId: number, token: string): void {
    const run = this.#run(lineId, token).finally(() => {
      this.#runs.delete(lineId)
      this.wake()
    })
    this.#runs.set(lineId, run)
  }

  /** Never rejects. */
  async #run(lineId: number, token: string): Promise<void> {
    let notBefore: number | undefined
    try {
      const active = await this.#deps.findLine(lineId)
      if (active && this.#deps.lease.token === token) {
        const signals = { stop: this.#stopping.signal, breakOff: this.#sends.signal }
        const run = new LineRun(
          { ...this.#deps, settle: (settlement) => this.#settle(token, settlement) },
          active,
          token,
          signals,
        )
        await run.run()
        notBefore = run.notBefore
      }
    } catch (error) {
      const isExpected = error instanceof StoreUnavailableError || error instanceof LeaseLostError
      const fields = { event: 'outbox.run-failed', lineId, err: error }
      if (isExpected) this.#deps.log.warn(fields, 'sending of a line was broken off')
      else this.#deps.log.error(fields, 'sending of a line failed unexpectedly')
    }
    await this.#release(lineId, token, notBefore)
  }

  /** Until the store has taken it: a line that isn't released waits for the death of this process. */
  async #release(lineId: number, token: string, notBefore: number | undefined): Promise<void> {
    const { store, clock, log } = this.#deps
    const options = notBefore === undefined ? {} : { notBefore }
    for (;;) {
      try {
        return await releaseOutbox(store, token, lineId, options, clock.now())
      } catch (error) {
        log.warn(
          { event: 'outbox.release-failed', lineId, err: error },
          'a line is not released yet',
        )
        if (this.#stopping.signal.aborted) return
        await sleep(clock, STORE_RETRY_MS, this.#stopping.signal)
      }
    }
  }

  /** Repeats until the store has taken it: what the channel has sent must not be forgotten. */
  async #settle(token: string, settlement: SendSettlement): Promise<boolean> {
    for (;;) {
      try {
        return await this.#settles.submit({ token, settlement })
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || this.#stopping.signal.aborted) throw error
        await sleep(this.#deps.clock, STORE_RETRY_MS, this.#stopping.signal)
      }
    }
  }

  async #flush(
    batch: readonly { token: string; settlement: SendSettlement }[],
  ): Promise<boolean[]> {
    const { store, lease, clock } = this.#deps
    const { token } = lease
    const ours = batch.filter((held) => held.token === token).map(({ settlement }) => settlement)
    const settled = ours.length > 0 ? await settleSends(store, token, ours, clock.now()) : []
    if (ours.some(({ news }) => news)) this.#deps.onNews()
    let next = 0
    return batch.map((held) => held.token === token && settled[next++] === true)
  }
}
