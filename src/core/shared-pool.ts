import { type Part, TurnQueue } from './turn-queue.ts'

export interface PoolOptions {
  /** For metrics and the log: `packets`, `sends` … */
  readonly name: string
  readonly capacity: number
  /** The most of one tenant, however much is free. */
  readonly perTenant?: number
}

/** A pool as metrics show it. */
export interface PoolUsage {
  readonly name: string
  readonly capacity: number
  readonly used: number
  /** Those who wait for their turn. */
  readonly waiting: number
  /** How often since the start somebody had to wait or was turned away. */
  readonly refused: number
}

/** Somebody found no room. */
export interface PoolRefusal extends PoolUsage {
  readonly tenant: string
  /** What the tenant holds. */
  readonly held: number
}

interface Holding {
  held: number
  readonly parts: Map<Part, number>
}

/**
 * A tenant may hold a quarter of what is free, a part of it a quarter of what that leaves the tenant: one that takes all it
 * can get ends up with a fifth of the pool, and 20 of them still leave a hundredth to those who come next.
 */
const SHARE = 1 / 4

/**
 * Something bounded that all tenants share: sends, packets, transfers, bytes in memory. The fuller it is, the less a tenant
 * may hold, so that one that hangs leaves room for all others; whoever holds nothing may take what is free. A tenant is a
 * portal, or an address where no portal is proven yet; a part is one of its lines. Those who wait get their turns
 * round-robin over tenants, then over parts.
 */
export class SharedPool {
  readonly #options: Required<PoolOptions>
  readonly #refused: (refusal: () => PoolRefusal) => void
  readonly #holdings = new Map<string, Holding>()
  readonly #queue = new TurnQueue()
  #used = 0
  #refusals = 0
  #isGivingTurns = false

  /** `refused` is called whenever somebody has to wait or is turned away, thousands of times a second when it is full. */
  constructor(
    options: PoolOptions,
    refused: (refusal: () => PoolRefusal) => void = () => undefined,
  ) {
    this.#options = { perTenant: options.capacity, ...options }
    this.#refused = refused
  }

  get usage(): PoolUsage {
    const { name, capacity } = this.#options
    const used = this.#used
    return { name, capacity, used, waiting: this.#queue.size, refused: this.#refusals }
  }

  /** Places that nobody holds. */
  get free(): number {
    return this.#options.capacity - this.#used
  }

  /** What the tenant holds. */
  heldBy(tenant: string): number {
    return this.#holdings.get(tenant)?.held ?? 0
  }

  /** Tenants that may take nothing more now. */
  fullTenants(): string[] {
    return [...this.#holdings.keys()].filter((tenant) => !this.hasRoom(tenant))
  }

  /** May the tenant take so much now? */
  hasRoom(tenant: string, part?: Part, amount = 1): boolean {
    const { perTenant } = this.#options
    const { free } = this
    const holding = this.#holdings.get(tenant)
    if (!holding) return amount <= Math.min(free, perTenant)
    const room = Math.min(perTenant, Math.floor(free * SHARE)) - holding.held
    if (amount > room) return false
    const heldByPart = part === undefined ? 0 : (holding.parts.get(part) ?? 0)
    return heldByPart === 0 || heldByPart + amount <= Math.floor(room * SHARE)
  }

  /** Takes at once or not at all. Without a part only the tenant's share counts. */
  tryTake(tenant: string, part?: Part, amount = 1): boolean {
    if (!this.hasRoom(tenant, part, amount)) {
      this.refuse(tenant)
      return false
    }
    this.take(tenant, part, amount)
    return true
  }

  /** Counts what the tenant holds already, whatever the shares say. */
  take(tenant: string, part?: Part, amount = 1): void {
    const holding = this.#holdings.get(tenant) ?? { held: 0, parts: new Map<Part, number>() }
    this.#holdings.set(tenant, holding)
    holding.held += amount
    if (part !== undefined) holding.parts.set(part, (holding.parts.get(part) ?? 0) + amount)
    this.#used += amount
  }

  /** Counts and reports a tenant that finds no room: for those who ask `hasRoom` themselves. */
  refuse(tenant: string): void {
    this.#refusals++
    this.#refused(() => ({ ...this.usage, tenant, held: this.heldBy(tenant) }))
  }

  /** Calls `start` when one has been taken: at once, or when it is the tenant's turn. The return value takes the wish back. */
  enqueue(tenant: string, part: Part, start: () => void): () => void {
    if (this.hasRoom(tenant, part)) {
      this.take(tenant, part)
      start()
      return () => undefined
    }
    const withdraw = this.#queue.add(tenant, part, start)
    this.refuse(tenant)
    return withdraw
  }

  /** Gives back what was taken, with the same part. Throws RangeError if it wasn't. */
  giveBack(tenant: string, part?: Part, amount = 1): void {
    const holding = this.#holdings.get(tenant)
    const heldByPart = part === undefined ? amount : (holding?.parts.get(part) ?? 0)
    if (!holding || holding.held < amount || heldByPart < amount) {
      throw new RangeError(`more was given back to the pool ${this.#options.name} than was taken`)
    }
    this.#used -= amount
    holding.held -= amount
    if (part !== undefined && heldByPart > amount) holding.parts.set(part, heldByPart - amount)
    else if (part !== undefined) holding.parts.delete(part)
    if (holding.held === 0) this.#holdings.delete(tenant)
    this.#giveTurns()
  }

  /** What a turn gives back at once is seen by the loop that gave the turn: thousands may have nothing to do any more. */
  #giveTurns(): void {
    if (this.#isGivingTurns) return
    this.#isGivingTurns = true
    try {
      while (this.#queue.size > 0 && this.free > 0) {
        const next = this.#queue.next((tenant, part) => this.hasRoom(tenant, part))
        if (!next) return
        this.take(next.tenant, next.part)
        next.start()
      }
    } finally {
      this.#isGivingTurns = false
    }
  }
}
