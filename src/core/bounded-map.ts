export interface BoundedMapOptions<V> {
  /** The most entries. */
  readonly limit: number
  /** The most of what `sizeOf` counts, for values whose size comes from outside. One that is larger alone isn't kept. */
  readonly maxBytes?: number
  /** About how much memory a value takes. */
  readonly sizeOf?: (value: V) => number
}

/**
 * A map that forgets: beyond its limits the entries that were set longest ago make room. For what can be asked for again;
 * it bounds the memory and is no promise that anything is still there.
 */
export class BoundedMap<K, V> {
  readonly #limit: number
  readonly #maxBytes: number
  readonly #sizeOf: (value: V) => number
  readonly #entries = new Map<K, V>()
  #bytes = 0

  constructor(options: number | BoundedMapOptions<V>) {
    const { limit, maxBytes, sizeOf }: BoundedMapOptions<V> =
      typeof options === 'number' ? { limit: options } : options
    this.#limit = limit
    this.#maxBytes = maxBytes ?? Number.POSITIVE_INFINITY
    this.#sizeOf = sizeOf ?? (() => 0)
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  set(key: K, value: V): void {
    // Set anew it counts as young.
    this.delete(key)
    const bytes = this.#sizeOf(value)
    if (bytes > this.#maxBytes) return
    while (this.#entries.size >= this.#limit || this.#bytes + bytes > this.#maxBytes) {
      const [oldest] = this.#entries.keys()
      if (oldest === undefined) break
      this.delete(oldest)
    }
    this.#entries.set(key, value)
    this.#bytes += bytes
  }

  delete(key: K): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#entries.delete(key)
    this.#bytes -= this.#sizeOf(value)
  }

  /** Those that were set longest ago first. */
  values(): V[] {
    return [...this.#entries.values()]
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }
}
