import type { Clock, Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import type { Journal, JournalLine, JournalStep } from '../core/journal.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import {
  byLookup,
  type JournalKey,
  type NotedStep,
  writeKeys,
  writeSteps,
} from '../db/journal/write.ts'

export interface JournalWriterDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

/** Long enough to gather what belongs together: an event and the packet that brought it to its portal. */
const FLUSH_EVERY_MS = 500
/** Keys are gathered for longer: a minute's keys lie together, so that a batch of thousands fills the pages that it touches. */
const KEYS_EVERY_MS = 5000
/** Of one transaction: SQLite does it in this thread, some 3 ms. */
const MAX_BATCH = 1000
/** They are small, and in order. */
const MAX_KEYS_BATCH = 4000
const MAX_KEYS = 200_000
type WaitingStep = NotedStep & { readonly bytes: number }

/** What waits in memory: some seconds at full load, until the store is back. */
const MAX_WAITING = 50_000
const MAX_WAITING_BYTES = 16 * 1024 * 1024
/** What a step takes beside its texts. */
const STEP_BYTES = 200
const SEQ_BYTES = 8
const RETRY_MS = 1000
const SAY_EVERY_MS = 60_000
/** At the end of the process. */
const STOP_GRACE_MS = 2000

/**
 * Writes the journal behind the work. What rooms note waits here and goes to the store in batches; when the store is slow or
 * away no more than so much waits, and the rest is dropped and counted.
 */
export class JournalWriter implements Journal {
  readonly #deps: JournalWriterDeps
  #waiting: WaitingStep[] = []
  #bytes = 0
  #keys: JournalKey[] = []
  #keysAt = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #flushing: Promise<void> | undefined
  #isClosed = false
  #dropped = 0
  /** Of `dropped`, what the log has been told. */
  #said = 0
  #saidAt = Number.NEGATIVE_INFINITY

  constructor(deps: JournalWriterDeps) {
    this.#deps = deps
  }

  /** Steps that were not written. */
  get dropped(): number {
    return this.#dropped
  }

  note(line: JournalLine, step: JournalStep): void {
    const bytes = sizeOf(step)
    const isFull = this.#waiting.length >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES
    if (isFull || this.#isClosed) {
      this.#drop(1)
      return
    }
    this.#waiting.push({ line, step: { ...step, at: this.#deps.clock.now() }, bytes })
    this.#bytes += bytes
    this.#schedule(FLUSH_EVERY_MS)
  }

  /** Writes what waits now, so that it is found. Never rejects. */
  async flush(): Promise<void> {
    await this.#writeSteps()
    await this.#writeKeys()
  }

  /** Writes what it can within a moment, and takes nothing more. */
  async close(): Promise<void> {
    // Ends the wait for a store that does not answer; the timer keeps no process alive, and this wait must.
    const grace = Promise.withResolvers<void>()
    const timer = setTimeout(grace.resolve, STOP_GRACE_MS)
    await Promise.race([this.#writeAll(), grace.promise])
    clearTimeout(timer)
    this.#isClosed = true
    this.#timer?.cancel()
    this.#drop(this.#waiting.length)
    this.#waiting = []
    this.#bytes = 0
  }

  async #writeAll(): Promise<void> {
    await this.#flushing
    await this.flush()
  }

  #schedule(delayMs: number): void {
    if (this.#timer || this.#flushing || this.#isClosed) return
    this.#timer = this.#deps.clock.after(delayMs, () => void this.#work())
  }

  async #work(): Promise<void> {
    await this.#writeSteps()
    if (this.#deps.clock.now() >= this.#keysAt + KEYS_EVERY_MS) await this.#writeKeys()
  }

  async #writeSteps(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#flushing ??= this.#run().finally(() => {
      this.#flushing = undefined
      if (this.#waiting.length > 0) this.#schedule(RETRY_MS)
      else if (this.#keys.length > 0) this.#schedule(KEYS_EVERY_MS)
    })
    await this.#flushing
  }

  async #run(): Promise<void> {
    const { store } = this.#deps
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_BATCH)
      try {
        const keys = await writeSteps(store, batch)
        if (this.#keys.length + keys.length <= MAX_KEYS) this.#keys.push(...keys)
        else this.#drop(keys.length)
      } catch (error) {
        // What the store has refused it would refuse again; what it could not answer waits.
        if (error instanceof StoreUnavailableError) return
        this.#drop(batch.length, error)
      }
      this.#forget(batch.length)
      await store.letOthersIn()
    }
  }

  async #writeKeys(): Promise<void> {
    const { store, clock } = this.#deps
    this.#keysAt = clock.now()
    this.#keys.sort(byLookup)
    while (this.#keys.length > 0) {
      const batch = this.#keys.splice(0, MAX_KEYS_BATCH)
      try {
        await writeKeys(store, batch)
      } catch (error) {
        if (error instanceof StoreUnavailableError) {
          this.#keys.push(...batch)
          this.#schedule(RETRY_MS)
          return
        }
        this.#drop(batch.length, error)
      }
      await store.letOthersIn()
    }
  }

  #forget(count: number): void {
    for (const { bytes } of this.#waiting.slice(0, count)) this.#bytes -= bytes
    this.#waiting = this.#waiting.slice(count)
  }

  #drop(count: number, error?: unknown): void {
    if (count === 0) return
    this.#dropped += count
    const now = this.#deps.clock.now()
    if (now < this.#saidAt + SAY_EVERY_MS) return
    this.#saidAt = now
    const dropped = this.#dropped - this.#said
    this.#said = this.#dropped
    this.#deps.log.warn(
      { event: 'journal.dropped', dropped, total: this.#dropped, err: error },
      'the store can not keep up: what became of some messages will not be found',
    )
  }
}

/** About how much memory it takes. */
function sizeOf(step: JournalStep): number {
  let bytes = STEP_BYTES
  for (const value of Object.values(step)) {
    if (typeof value === 'string') bytes += value.length
    else if (Array.isArray(value)) bytes += sizeOfList(value)
  }
  return bytes
}

function sizeOfList(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => {
    return sum + (typeof value === 'string' ? value.length : SEQ_BYTES)
  }, 0)
}
