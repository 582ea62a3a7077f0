import type { Part } from '../core/turn-queue.ts'

/** Whom something that waits is for: a portal, and a line of it. */
export interface Owner {
  readonly tenant: string
  readonly part: Part
}

interface Lane<I> {
  readonly owner: Owner
  readonly entries: Entry<I>[]
}

interface Entry<I> {
  readonly item: I
  readonly owners: readonly Owner[]
  readonly lanes: readonly Lane<I>[]
}

/**
 * What waits, in fair order: round-robin over tenants, then over their parts; what is for the same part keeps its order. An
 * item for several parts waits until it is the first of each, and counts as the turn of all of them.
 */
export class FairQueue<I> {
  readonly #lanes = new Map<string, Map<Part, Lane<I>>>()
  /** Lanes whose first entry may be taken, in the order of their turns. */
  readonly #ready = new Map<string, Map<Part, Lane<I>>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The item whose turn it is. */
  get first(): I | undefined {
    return this.#firstEntry()?.item
  }

  push(item: I, owners: readonly Owner[]): void {
    const entry = this.#enter(item, owners)
    for (const { entries } of entry.lanes) entries.push(entry)
    this.#offer(entry)
  }

  /** Puts an item before all others of its parts. */
  unshift(item: I, owners: readonly Owner[]): void {
    const entry = this.#enter(item, owners)
    for (const { entries } of entry.lanes) {
      // It has to wait in all its lanes now, also in those that the new one isn't in.
      for (const lane of entries[0]?.lanes ?? []) this.#rest(lane)
      entries.unshift(entry)
    }
    this.#offer(entry)
  }

  /** Takes out the item whose turn it is; its tenants and parts go to the end. */
  shift(): { readonly item: I; readonly owners: readonly Owner[] } | undefined {
    const entry = this.#firstEntry()
    if (!entry) return undefined
    this.#size--
    for (const lane of entry.lanes) {
      this.#rest(lane)
      lane.entries.shift()
    }
    for (const lane of entry.lanes) {
      const [next] = lane.entries
      if (next) this.#offer(next)
      else this.#drop(lane)
    }
    for (const { tenant } of entry.owners) this.#sendToEnd(tenant)
    return entry
  }

  #firstEntry(): Entry<I> | undefined {
    for (const lanes of this.#ready.values()) {
      for (const { entries } of lanes.values()) return entries[0]
    }
    return undefined
  }

  #enter(item: I, owners: readonly Owner[]): Entry<I> {
    this.#size++
    return { item, owners, lanes: [...new Set(owners.map((owner) => this.#laneOf(owner)))] }
  }

  #laneOf(owner: Owner): Lane<I> {
    const { tenant, part } = owner
    const lanes = this.#lanes.get(tenant) ?? new Map<Part, Lane<I>>()
    this.#lanes.set(tenant, lanes)
    const lane = lanes.get(part) ?? { owner, entries: [] }
    lanes.set(part, lane)
    return lane
  }

  /** Puts an entry's lanes at the end if it is the first of each. */
  #offer(entry: Entry<I>): void {
    if (!entry.lanes.every(({ entries }) => entries[0] === entry)) return
    for (const lane of entry.lanes) {
      const { tenant, part } = lane.owner
      const lanes = this.#ready.get(tenant) ?? new Map<Part, Lane<I>>()
      this.#ready.set(tenant, lanes)
      lanes.set(part, lane)
    }
  }

  #rest({ owner: { tenant, part } }: Lane<I>): void {
    const lanes = this.#ready.get(tenant)
    lanes?.delete(part)
    if (lanes?.size === 0) this.#ready.delete(tenant)
  }

  #drop({ owner: { tenant, part } }: Lane<I>): void {
    const lanes = this.#lanes.get(tenant)
    lanes?.delete(part)
    if (lanes?.size === 0) this.#lanes.delete(tenant)
  }

  #sendToEnd(tenant: string): void {
    const lanes = this.#ready.get(tenant)
    if (!lanes) return
    this.#ready.delete(tenant)
    this.#ready.set(tenant, lanes)
  }
}
