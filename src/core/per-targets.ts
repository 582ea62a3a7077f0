import { BoundedMap } from './bounded-map.ts'
import type { Portal } from './portal.ts'

/**
 * Lists of targets that portals have, and so sets of connections. An operator enters them, a handful in all; what was made
 * longest ago is made anew when it is wanted again, and its idle connections end by themselves.
 */
const MAX_LISTS = 64

/**
 * One of something for each list of private targets that a portal may reach. Connections must not be shared by portals with
 * different lists: one that stands already leads where only the other may go, and nobody looks its address up again.
 */
export class PerTargets<T> {
  readonly #create: (allowed: Portal['allowedTargets']) => T
  readonly #unrestricted: T
  readonly #others = new BoundedMap<string, T>(MAX_LISTS)

  constructor(create: (allowed: Portal['allowedTargets']) => T) {
    this.#create = create
    this.#unrestricted = create(undefined)
  }

  of(allowed: Portal['allowedTargets']): T {
    if (!allowed) return this.#unrestricted
    const key = allowed.join(',')
    const known = this.#others.get(key)
    if (known !== undefined) return known
    const made = this.#create(allowed)
    this.#others.set(key, made)
    return made
  }

  all(): T[] {
    return [this.#unrestricted, ...this.#others.values()]
  }
}
