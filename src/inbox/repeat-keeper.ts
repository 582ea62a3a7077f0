import { type Clock, sleep } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Ring } from '../db/engine/slot-tables.ts'
import type { Store } from '../db/engine/store.ts'
import { filterBytes, KeyFilter, markKey } from '../db/inbox/key-filter.ts'
import type { ClosedSlot, OpenSlot, SeenMemory } from '../db/inbox/seen-memory.ts'
import { toBytes } from '../db/inbox/seen-updates.ts'
import { readSlotKeys, type SlotKey } from '../db/inbox/slot-keys.ts'

export interface KeeperDeps {
  readonly store: Store
  readonly memory: SeenMemory
  readonly clock: Clock
  readonly log: Log
  /** How long a slot of a ring is filled. */
  readonly slotMs: (ring: Ring) => number
}

export interface KeeperPace {
  /** How often it looks whether there is anything to do. */
  readonly lookMs: number
  /** A slot is read only when it has been closed for so long. */
  readonly closedForMs: number
  /** Between two pages. */
  readonly pauseMs: number
  readonly pageKeys: number
  /** Of all filters of the process together. */
  readonly maxBytes: number
}

const PACE: KeeperPace = {
  lookMs: 60_000,
  // For Galera alone, see docs/decisions/019-memory-of-repeats.md. Everywhere else nothing is added once it is closed.
  closedForMs: 60_000,
  pauseMs: 10,
  // Some 3 ms of the event loop.
  pageKeys: 1000,
  maxBytes: 64 * 1024 * 1024,
}

/** Until a filter can be made, its keys are kept as two numbers each: 64 MiB of them. */
const MAX_KEYS = 8_000_000
/** Pages that go into a filter in one turn of the event loop. */
const PAGES_AT_ONCE = 5

/**
 * Keeps the memory of updates in order: closes slots that have been open for long enough, and reads closed ones into filters, so
 * that commits needn't ask the store. Nothing depends on it: without filters everything is asked, and a slot that isn't closed
 * goes on being used.
 */
export class RepeatKeeper {
  readonly #deps: KeeperDeps
  readonly #pace: KeeperPace
  readonly #stopping = new AbortController()
  /** Slots whose filter has no room, and how many keys it would hold. */
  readonly #tooLarge = new WeakMap<ClosedSlot, number>()
  #running: Promise<void> | undefined

  constructor(deps: KeeperDeps, pace: Partial<KeeperPace> = {}) {
    this.#deps = deps
    this.#pace = { ...PACE, ...pace }
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when nothing more is asked of the store. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** Closes what is due, and reads what can be read. Throws StoreUnavailableError, StoreLockedError. */
  async tend(): Promise<void> {
    const { memory } = this.#deps
    const view = await memory.refresh()
    for (const ring of ['day', 'week'] as const) await this.#turn(ring, view[ring].open)
    await this.#readClosed()
  }

  async #readClosed(): Promise<void> {
    const { memory, clock, log } = this.#deps
    const startedAt = clock.now()
    let slots = 0
    let keys = 0
    for (const slot of memory.closedSlots()) {
      if (slot.filter || !this.#isReadable(slot)) continue
      keys += await this.#read(slot)
      slots += slot.filter ? 1 : 0
      if (this.#stopping.signal.aborted) return
    }
    if (slots === 0) return
    const durationMs = clock.now() - startedAt
    log.info(
      { event: 'repeats.read', slots, keys, durationMs },
      'the memory of updates is known to this process',
    )
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await this.tend()
      } catch (error) {
        log.warn(
          { event: 'repeats.tending-failed', err: error },
          'the memory of updates could not be tended, it is tried again; until then the store is asked',
        )
      }
      await sleep(clock, this.#pace.lookMs, signal)
    }
  }

  async #turn(ring: Ring, { serial, openedAt }: OpenSlot): Promise<void> {
    const { memory, clock, log, slotMs } = this.#deps
    // Either way: the clock that it was opened by may have been far ahead.
    if (Math.abs(clock.now() - openedAt) < slotMs(ring)) return
    if (await memory.turn(ring, serial)) return
    log.warn(
      { event: 'repeats.full', ring },
      'no slot of the memory of updates is empty, the last one is used for longer',
    )
  }

  #isReadable(slot: ClosedSlot): boolean {
    const isOld = this.#deps.clock.now() - slot.closedAt >= this.#pace.closedForMs
    const keys = this.#tooLarge.get(slot)
    return isOld && (keys === undefined || fits(keys, this.#room()))
  }

  /** Bytes. */
  #room(): number {
    const slots = this.#deps.memory.closedSlots()
    return slots.reduce((room, { filter }) => room - (filter?.bytes ?? 0), this.#pace.maxBytes)
  }

  /** Gives how many keys its filter has, if it has got one. */
  async #read(slot: ClosedSlot): Promise<number> {
    const { store, log } = this.#deps
    const { pageKeys } = this.#pace
    const room = this.#room()
    const pages: Uint32Array[] = []
    let keys = 0
    for (let after: SlotKey | undefined, isLast = false; !isLast; ) {
      const rows = await readSlotKeys(store, slot, after, pageKeys)
      pages.push(toMarks(rows))
      keys += rows.length
      if (!fits(keys, room)) {
        this.#tooLarge.set(slot, keys)
        log.info(
          { event: 'repeats.no-room', table: slot.table },
          'a slot of the memory of updates has too many to keep a filter of it, the store is asked',
        )
        return 0
      }
      after = rows.at(-1)
      isLast = rows.length < pageKeys
      if (!isLast && !(await this.#pause())) return 0
    }
    const filter = new KeyFilter(keys)
    while (pages.length > 0) {
      for (const page of pages.splice(0, PAGES_AT_ONCE)) addAll(filter, page)
      if (pages.length > 0 && !(await this.#pause())) return 0
    }
    slot.filter = filter
    return keys
  }

  /** False: the process stops. */
  async #pause(): Promise<boolean> {
    const { signal } = this.#stopping
    await sleep(this.#deps.clock, this.#pace.pauseMs, signal)
    return !signal.aborted
  }
}

function fits(keys: number, room: number): boolean {
  return keys <= MAX_KEYS && filterBytes(keys) <= room
}

/** Two numbers for each. */
function toMarks(rows: readonly SlotKey[]): Uint32Array {
  const marks = new Uint32Array(rows.length * 2)
  for (const [index, { line_id: lineId, hash }] of rows.entries()) {
    const { start, step } = markKey(lineId, typeof hash === 'string' ? toBytes(hash) : hash)
    marks[2 * index] = start
    marks[2 * index + 1] = step
  }
  return marks
}

function addAll(filter: KeyFilter, marks: Uint32Array): void {
  for (let index = 0; index < marks.length; index += 2) {
    filter.add({ start: marks[index] ?? 0, step: marks[index + 1] ?? 0 })
  }
}
