import { BoundedMap } from '../../core/bounded-map.ts'
import { StoreLockedError } from '../../core/errors.ts'

/**
 * Connections that may wait for rows that are known to be locked, of the pool's 16: they must not use up everybody else's. First
 * tries may have more: most of what is tried for the first time isn't locked, and somebody's request waits for it.
 */
const MAX_WAITS = 4
const MAX_FIRST_TRIES = 8
const MAX_NOTED = 1000
/** A row that was found locked is tried apart from others for so long. */
const NOTED_FOR_MS = 60_000
/** And only this often where nobody waits for the answer. */
const RETRY_EVERY_MS = 1000

interface Noted {
  readonly until: number
  readonly retryAt: number
}

/** What a process knows of rows of its store that others hold locked. */
export class StoreLocks {
  #taken = 0
  /** Those who wait for a place, first tries before all others. */
  readonly #urgent: (() => void)[] = []
  readonly #others: (() => void)[] = []
  readonly #noted = new BoundedMap<string, Noted>(MAX_NOTED)

  /** Runs what will probably wait for a lock, a few at a time. */
  async hold<T>(work: () => Promise<T>, isUrgent = false): Promise<T> {
    await new Promise<void>((go) => {
      if (isUrgent) this.#urgent.push(go)
      else this.#others.push(go)
      this.#next()
    })
    try {
      return await work()
    } finally {
      this.#taken -= 1
      this.#next()
    }
  }

  #next(): void {
    const go =
      this.#taken < MAX_FIRST_TRIES && this.#urgent.length > 0
        ? this.#urgent.shift()
        : this.#taken < MAX_WAITS && this.#others.shift()
    if (!go) return
    this.#taken += 1
    go()
  }

  note(row: string, now: number): void {
    this.#noted.set(row, { until: now + NOTED_FOR_MS, retryAt: now + RETRY_EVERY_MS })
  }

  forget(row: string): void {
    this.#noted.delete(row)
  }

  /** `free` as far as is known; `wait` a while before it is tried again; `alone`: it is to be tried apart from others. */
  judge(row: string, now: number): 'free' | 'wait' | 'alone' {
    const noted = this.#noted.get(row)
    if (!noted) return 'free'
    // A clock that was set back must not make it wait for longer than it was meant to.
    if (now >= noted.until || now < noted.until - NOTED_FOR_MS) {
      this.forget(row)
      return 'free'
    }
    return now < noted.retryAt ? 'wait' : 'alone'
  }

  get notedCount(): number {
    return this.#noted.size
  }
}

/** Parts that a list is cut into when a row of it is locked. Few rounds matter more than few statements: each round waits for the lock. */
const WAYS = 8
/** Locked rows that are looked for within one list. If there are more, whatever shares a part with them waits, too. */
const MAX_FOUND = 8

export interface AroundLocks<K, R> {
  readonly results: R[]
  /** Of these nothing was done. */
  readonly locked: K[]
}

/**
 * Does `work` for all of the ids at once; if that meets a locked row, for parts of them, smaller and smaller, until only what
 * is locked is left out. `work` is a transaction that `failsWhenLocked`.
 */
export async function aroundLocks<K, R>(
  ids: readonly K[],
  work: (part: readonly K[]) => Promise<readonly R[]>,
): Promise<AroundLocks<K, R>> {
  const results: R[] = []
  const locked: K[] = []
  let found = 0
  const parts: (readonly K[])[] = ids.length > 0 ? [ids] : []
  for (let part = parts.shift(); part; part = parts.shift()) {
    const done = await unlessLocked(work, part)
    for (const result of done ?? []) results.push(result)
    if (done) continue
    if (part.length === 1) found += 1
    if (part.length === 1 || found >= MAX_FOUND) locked.push(...part)
    else parts.push(...cut(part, WAYS))
  }
  return { results, locked }
}

async function unlessLocked<K, R>(
  work: (part: readonly K[]) => Promise<readonly R[]>,
  part: readonly K[],
): Promise<readonly R[] | undefined> {
  try {
    return await work(part)
  } catch (error) {
    if (error instanceof StoreLockedError) return undefined
    throw error
  }
}

/** How a row is called among those that are known to be locked. */
export function rowName(table: string, id: number): string {
  return `${table}:${id}`
}

export interface Wanted {
  readonly table: string
  readonly ids: readonly number[]
  readonly now: number
}

/**
 * Takes rows that somebody may hold locked: all of them together, those that were found locked a short while ago alone and not
 * at every look.
 */
export async function takeFree<R>(
  locks: StoreLocks,
  { table, ids, now }: Wanted,
  take: (part: readonly number[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const nameOf = (id: number): string => rowName(table, id)
  const by = Map.groupBy(ids, (id) => locks.judge(nameOf(id), now))
  const together = (by.get('free') ?? []).sort((a, b) => a - b)
  const { results, locked } = await aroundLocks(together, take)
  for (const id of locked) locks.note(nameOf(id), now)
  for (const id of by.get('alone') ?? []) {
    const alone = await locks.hold(() => aroundLocks([id], take))
    if (alone.locked.length > 0) locks.note(nameOf(id), now)
    else locks.forget(nameOf(id))
    results.push(...alone.results)
  }
  return results
}

/** `count` parts, as even as can be, in order. */
export function cut<T>(items: readonly T[], count: number): T[][] {
  const size = Math.ceil(items.length / count)
  const parts: T[][] = []
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size))
  return parts
}
