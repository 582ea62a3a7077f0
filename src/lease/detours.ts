import { type Clock, sleep } from '../core/clock.ts'
import { StoreLockedError } from '../core/errors.ts'
import { cut, type StoreLocks } from '../db/engine/locks.ts'

/** What an item locks in the store; a line as a rule. */
export type LockKey = number | string

/** `outbox_and_inbox`: rows of both tables at once. */
export type LockedRows =
  | 'inbox_line'
  | 'outbox_line'
  | 'outbox_and_inbox'
  | 'comm_line'
  | 'request_seen'

export interface Waiting<T, R> {
  readonly item: T
  readonly resolve: (result: R) => void
  readonly reject: (error: unknown) => void
}

export interface DetourOptions<T> {
  /** Items that have a key in common keep their order. */
  readonly keysOf: (item: T) => readonly LockKey[]
  /** Where the keys' rows are: what one committer finds locked others know of, too. */
  readonly rows: LockedRows
  readonly locks: StoreLocks
  readonly clock: Clock
}

export interface DetourHooks<T, R> {
  /** Commits items and answers them. Throws StoreLockedError, and then has answered none. */
  flush(batch: readonly Waiting<T, R>[]): Promise<void>
  /** These go the usual way, before whatever has come after them. */
  giveBack(waiting: readonly Waiting<T, R>[]): void
}

/** How long an item waits for a locked row. A messenger that gets 503 comes again, and its next request must not time out. */
const PATIENCE_MS = 3000
const RETRY_EVERY_MS = 100
/** Items that wait for one key; more are refused at once. */
const MAX_PER_KEY = 200
const WAYS = 8

interface Part<T, R> {
  items: readonly Waiting<T, R>[]
  /** What has come meanwhile for the same keys, in order. */
  later: Waiting<T, R>[]
  readonly keys: ReadonlySet<LockKey>
}

/**
 * The way round locked rows for a group commit. A batch that has met a lock is cut into ever smaller parts, tried side by side,
 * until only those wait whose rows are locked. Whatever comes for a key that is on a detour waits behind it, in order, and
 * nothing of it gets into a shared batch before the lock is gone.
 */
export class Detours<T, R> {
  readonly #options: DetourOptions<T>
  readonly #hooks: DetourHooks<T, R>
  readonly #parts = new Map<LockKey, Part<T, R>>()
  readonly #running = new Set<Promise<void>>()
  /** Until when an item is worth trying. */
  readonly #deadlines = new WeakMap<Waiting<T, R>, number>()

  constructor(options: DetourOptions<T>, hooks: DetourHooks<T, R>) {
    this.#options = options
    this.#hooks = hooks
  }

  /** No key is known to be locked. */
  get isIdle(): boolean {
    return this.#parts.size === 0 && this.#options.locks.notedCount === 0
  }

  /** True if the item was taken: one of its keys is locked, or was a short while ago. */
  offer(waiting: Waiting<T, R>): boolean {
    const { keysOf, locks, clock } = this.#options
    const keys = keysOf(waiting.item)
    for (const key of keys) {
      const part = this.#parts.get(key)
      if (!part) continue
      if (part.later.length >= MAX_PER_KEY) waiting.reject(tooMany())
      else part.later.push(this.#stamp(waiting))
      return true
    }
    if (keys.every((key) => locks.judge(this.#nameOf(key), clock.now()) === 'free')) return false
    this.#start([waiting])
    return true
  }

  /** Takes over a batch that has met a lock. */
  divert(batch: readonly Waiting<T, R>[]): void {
    const groups = groupByKeys(batch, ({ item }) => this.#options.keysOf(item))
    for (const part of cut(groups, WAYS)) this.#start(part.flat())
  }

  get isEmpty(): boolean {
    return this.#running.size === 0
  }

  /** Resolves when what is on a detour now has been answered or goes the usual way again. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  #start(items: readonly Waiting<T, R>[]): void {
    const keys = new Set(items.flatMap(({ item }) => this.#options.keysOf(item)))
    const part: Part<T, R> = { items: items.map((one) => this.#stamp(one)), later: [], keys }
    for (const key of keys) this.#parts.set(key, part)
    const run = this.#run(part).finally(() => this.#running.delete(run))
    this.#running.add(run)
  }

  #stamp(waiting: Waiting<T, R>): Waiting<T, R> {
    if (!this.#deadlines.has(waiting)) {
      this.#deadlines.set(waiting, this.#options.clock.now() + PATIENCE_MS)
    }
    return waiting
  }

  /** Never rejects. */
  async #run(part: Part<T, R>): Promise<void> {
    const { locks, clock } = this.#options
    for (let tries = 0; part.items.length > 0; tries++) {
      const isFree = await this.#try(part, tries === 0)
      if (isFree) {
        for (const key of part.keys) locks.forget(this.#nameOf(key))
        break
      }
      const groups = groupByKeys(part.items, ({ item }) => this.#options.keysOf(item))
      if (groups.length > 1) return this.#split(part, groups)
      for (const key of part.keys) locks.note(this.#nameOf(key), clock.now())
      await sleep(clock, RETRY_EVERY_MS)
      this.#expire(part)
    }
    this.#end(part)
  }

  /** False if the part is locked. */
  async #try(part: Part<T, R>, isFirst: boolean): Promise<boolean> {
    const { locks, clock } = this.#options
    // Most of a part that has just been cut off isn't locked.
    const isUrgent =
      isFirst &&
      [...part.keys].every((key) => locks.judge(this.#nameOf(key), clock.now()) === 'free')
    try {
      await locks.hold(() => this.#hooks.flush(part.items), isUrgent)
      return true
    } catch (error) {
      if (error instanceof StoreLockedError) return false
      for (const { reject } of part.items) reject(error)
      return true
    }
  }

  #split(part: Part<T, R>, groups: readonly Waiting<T, R>[][]): void {
    this.#leave(part)
    for (const items of cut(groups, WAYS)) this.#start(items.flat())
    // They find their places behind the smaller parts.
    this.#hooks.giveBack(part.later)
  }

  #expire(part: Part<T, R>): void {
    const now = this.#options.clock.now()
    const isOver = (one: Waiting<T, R>): boolean => (this.#deadlines.get(one) ?? 0) <= now
    for (const one of [...part.items, ...part.later]) if (isOver(one)) one.reject(stillLocked())
    part.items = part.items.filter((one) => !isOver(one))
    part.later = part.later.filter((one) => !isOver(one))
  }

  #end(part: Part<T, R>): void {
    this.#leave(part)
    this.#hooks.giveBack(part.later)
  }

  #nameOf(key: LockKey): string {
    return `${this.#options.rows}:${key}`
  }

  #leave(part: Part<T, R>): void {
    for (const key of part.keys) if (this.#parts.get(key) === part) this.#parts.delete(key)
  }
}

function stillLocked(): StoreLockedError {
  return new StoreLockedError('a row of the store stays locked by somebody else')
}

function tooMany(): StoreLockedError {
  return new StoreLockedError('too much waits for a row that somebody else holds locked')
}

/** Items by what they have in common, also over others; within a group they keep their order. */
export function groupByKeys<I>(
  items: readonly I[],
  keysOf: (item: I) => readonly LockKey[],
): I[][] {
  const groups = new Map<LockKey, { items: I[]; keys: LockKey[] }>()
  const all = new Set<{ items: I[]; keys: LockKey[] }>()
  for (const item of items) {
    const keys = keysOf(item)
    const known = new Set(keys.flatMap((key) => groups.get(key) ?? []))
    const [group = { items: [], keys: [] }, ...others] = known
    all.add(group)
    for (const other of others) {
      group.items.push(...other.items)
      group.keys.push(...other.keys)
      all.delete(other)
    }
    group.items.push(item)
    group.keys.push(...keys)
    for (const key of group.keys) groups.set(key, group)
  }
  return [...all].map((group) => group.items)
}
