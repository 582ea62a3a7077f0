import type { Clock } from '../core/clock.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { DueLine, DueSearch } from '../db/engine/due-lines.ts'
import type { Claimed, LineSource } from './due-finder.ts'

/** A table of lines that wait for somebody to work on them. */
export interface DueSource<L> {
  /** Lines that are due, of any portal but those left out. */
  find(search: DueSearch): Promise<readonly DueLine[]>
  findOf(portalId: string, now: number, limit: number): Promise<readonly DueLine[]>
  /** Takes those of the lines that are still free. */
  take(token: string, lineIds: readonly number[], now: number): Promise<readonly L[]>
  findOwned(token: string): Promise<readonly L[]>
}

/**
 * Every now and then all due lines are looked at, also those of portals that wait: a line may have become due with an instant
 * that lies before the last look, by a slow commit or another machine's clock.
 */
const WHOLE_EVERY_MS = 10_000
/** In between, a look goes back this far behind the last one. */
const OVERLAP_MS = 2000
/** Waiting portals that one look asks for. */
const MAX_PORTALS = 50

/**
 * Takes due lines, of each portal no more than its share of `pool`. The lines beyond stay in the store: their portal is
 * passed over, so that neither its many lines nor reading them again and again holds up the others, and is asked for by
 * name when it has room. Each line that is handed over has a place in the pool, which its holder gives back.
 */
export class FairClaim<L extends { readonly lineId: number }> implements LineSource<L> {
  readonly #source: DueSource<L>
  readonly #pool: SharedPool
  readonly #clock: Clock
  /** Portals that have more lines due than they may hold, in the order of their turns. */
  readonly #waiting = new Set<string>()
  /** Everything that was due by then was looked at; what is left belongs to waiting portals. 0: not all of it was. */
  #lookedUntil = 0
  #wholeAt = 0

  constructor(source: DueSource<L>, pool: SharedPool, clock: Clock) {
    this.#source = source
    this.#pool = pool
    this.#clock = clock
  }

  /** Does a line wait that `portalId` stands in the way of: one of its own, or anybody's when nothing is free? */
  isCrowdedBy(portalId: string): boolean {
    return this.#waiting.has(portalId) || (this.#waiting.size > 0 && this.#pool.free <= 0)
  }

  findOwned(token: string): Promise<readonly L[]> {
    return this.#source.findOwned(token)
  }

  async claim(token: string, limit: number): Promise<Claimed<L>> {
    const now = this.#clock.now()
    const picked: DueLine[] = []
    let taken: readonly L[] = []
    let mayBeMore: boolean
    try {
      const half = Math.ceil(limit / 2)
      if (this.#waiting.size > 0) await this.#pickOfWaiting(picked, now, half)
      mayBeMore = await this.#pickOfOthers(picked, now, limit - picked.length)
      const ids = picked.map(({ lineId }) => lineId).sort((a, b) => a - b)
      if (ids.length > 0) taken = await this.#source.take(token, ids, now)
    } finally {
      const ours = new Set(taken.map(({ lineId }) => lineId))
      for (const { lineId, portalId } of picked) {
        if (!ours.has(lineId)) this.#pool.giveBack(portalId)
      }
    }
    return { lines: taken, mayBeMore }
  }

  async #pickOfWaiting(picked: DueLine[], now: number, limit: number): Promise<void> {
    const withRoom = [...this.#waiting].filter((portalId) => this.#pool.hasRoom(portalId))
    for (const portalId of withRoom.slice(0, MAX_PORTALS)) {
      const left = limit - picked.length
      if (left <= 0) return
      const found = await this.#source.findOf(portalId, now, left)
      this.#waiting.delete(portalId)
      const isAll = this.#pick(picked, found) && found.length < left
      if (!isAll) this.#waiting.add(portalId)
    }
  }

  /** True if there may be more. */
  async #pickOfOthers(picked: DueLine[], now: number, limit: number): Promise<boolean> {
    const without = [...this.#waiting]
    if (without.length === 0 || now >= this.#wholeAt) {
      this.#lookedUntil = 0
      this.#wholeAt = now + WHOLE_EVERY_MS
    }
    const from = Math.max(0, this.#lookedUntil - OVERLAP_MS)
    const found = await this.#source.find({ from, now, without, limit })
    this.#pick(picked, found)
    if (found.length === limit) return true
    this.#lookedUntil = now
    return false
  }

  /** False if not all of them had room. */
  #pick(picked: DueLine[], found: readonly DueLine[]): boolean {
    let isAll = true
    for (const line of found) {
      if (!this.#waiting.has(line.portalId) && this.#pool.tryTake(line.portalId)) {
        picked.push(line)
      } else {
        this.#waiting.add(line.portalId)
        isAll = false
      }
    }
    return isAll
  }
}
