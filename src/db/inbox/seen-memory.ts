import type { Clock } from '../../core/clock.ts'
import { StoreUnavailableError } from '../../core/errors.ts'
import type { Ring, SlotTable } from '../engine/slot-tables.ts'
import { SLOT_TABLES } from '../engine/slot-tables.ts'
import type { Store } from '../engine/store.ts'
import type { KeyFilter } from './key-filter.ts'
import { closeSlot, prepareSlot, RINGS, readSlots, type SlotRow, slotTable } from './seen-slots.ts'

/** Nothing is added to it any more. */
export interface ClosedSlot {
  readonly table: SlotTable | 'seen_update'
  readonly closedAt: number
  /** Of all that it remembers. Absent: the store is to be asked. */
  filter?: KeyFilter
}

export interface OpenSlot {
  readonly serial: number
  readonly table: SlotTable
  readonly openedAt: number
}

export interface RingView {
  readonly open: OpenSlot
  /** The newest first. */
  readonly closed: readonly ClosedSlot[]
}

/** What a process knows of the memory. It is true for a commit that finds both open slots still open. */
export type MemoryView = Readonly<Record<Ring, RingView>>

/** A slot that new updates were to be noted in has been closed meanwhile: nothing was committed. */
export class SlotClosedError extends Error {
  override name = 'SlotClosedError'
}

const MAX_TRIES = 5

/** The memory of updates as one process sees it. */
export class SeenMemory {
  readonly #store: Store
  readonly #clock: Pick<Clock, 'now'>
  #view: MemoryView | undefined
  #closed: ReadonlyMap<string, ClosedSlot> = new Map()
  /** Rows that an earlier version has left. Nobody adds to them, so it is one more closed slot, and the oldest. */
  #earlier: ClosedSlot | undefined = { table: 'seen_update', closedAt: 0 }

  constructor(store: Store, clock: Pick<Clock, 'now'>) {
    this.#store = store
    this.#clock = clock
  }

  /** Runs `commit` with what is known, and again with what is true now if a slot was closed meanwhile. */
  async during<T>(commit: (view: MemoryView) => Promise<T>): Promise<T> {
    let view = this.#view ?? (await this.refresh())
    for (let tries = 1; ; tries++) {
      try {
        return await commit(view)
      } catch (error) {
        if (!(error instanceof SlotClosedError)) throw error
        if (tries === MAX_TRIES) throw unavailable(error)
        view = await this.refresh()
      }
    }
  }

  /** Reads which slots there are; makes the first ones. */
  async refresh(): Promise<MemoryView> {
    const store = this.#store
    let rows = await readSlots(store)
    const missing = RINGS.filter((ring) => !rows.some((row) => isOpen(row, ring)))
    for (const ring of missing) await prepareSlot(store, { ring, serial: 1 }, this.#clock.now())
    if (missing.length > 0) rows = await readSlots(store)
    if (this.#earlier && !(await hasRows(store))) this.#earlier = undefined
    const closed = new Map<string, ClosedSlot>()
    this.#view = {
      day: this.#look('day', rows, closed),
      week: this.#look('week', rows, closed),
    }
    this.#closed = closed
    return this.#view
  }

  /**
   * Closes a ring's slot, so that the next one is used: the one named `serial`, or what is open. False: the next one isn't empty yet.
   * Several processes find a slot due at the same moment, and the later ones must not close the one that the first has opened.
   */
  async turn(ring: Ring, serial?: number): Promise<boolean> {
    if (!this.#view) await this.refresh()
    const rows = await readSlots(this.#store)
    const open = rows.find((row) => isOpen(row, ring))
    if (!open) return false
    if (serial !== undefined && serial !== open.serial) return true
    const next = { ring, serial: open.serial + 1 }
    const oldest = rows.find((row) => row.ring === ring)?.serial ?? next.serial
    if (next.serial - oldest >= SLOT_TABLES[ring].length) return false
    await prepareSlot(this.#store, next, this.#clock.now())
    await closeSlot(this.#store, open, this.#clock.now())
    await this.refresh()
    return true
  }

  /** All that are known to be closed, the newest first. */
  closedSlots(): ClosedSlot[] {
    const all = new Set([...(this.#view?.day.closed ?? []), ...(this.#view?.week.closed ?? [])])
    return [...all].sort((a, b) => b.closedAt - a.closedAt)
  }

  #look(ring: Ring, rows: readonly SlotRow[], closed: Map<string, ClosedSlot>): RingView {
    const open = rows.find((row) => isOpen(row, ring))
    if (!open) throw new Error(`no slot of ${ring} is open`)
    const own = rows.filter((row) => row.ring === ring && row.serial < open.serial)
    const slots = own.reverse().map((row) => {
      // A store that was set back may have closed it at another time, and with other rows: then its filter is void.
      const name = `${ring} ${row.serial} ${row.closed_at}`
      const table = slotTable(row)
      const slot = this.#closed.get(name) ?? { table, closedAt: row.closed_at ?? 0 }
      closed.set(name, slot)
      return slot
    })
    const { serial, opened_at: openedAt } = open
    return {
      open: { serial, table: slotTable(open), openedAt },
      closed: this.#earlier ? [...slots, this.#earlier] : slots,
    }
  }
}

function isOpen(row: SlotRow, ring: Ring): boolean {
  return row.ring === ring && row.closed_at === null
}

async function hasRows(store: Store): Promise<boolean> {
  return (await store.rows('SELECT line_id FROM seen_update LIMIT 1')).length > 0
}

function unavailable(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError('the slot of the memory is closed again and again', { cause })
}
