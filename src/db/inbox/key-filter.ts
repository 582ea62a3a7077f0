/** Two numbers drawn from an update's line and hash, which is random already: nothing more has to be reckoned. */
export interface KeyMarks {
  readonly start: number
  readonly step: number
}

export const KEY_BYTES = 16

const BITS_PER_KEY = 20
/** With these a key that isn't there is taken for one that may be in 1 of 10 000 cases at most. */
const PROBES = 10
const MIN_BITS = 1024
/** The golden ratio: spreads consecutive ids of lines over 32 bits. */
const SPREAD = 0x9e3779b1

export function markKey(lineId: number, hash: Uint8Array): KeyMarks {
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength)
  return {
    start: (view.getUint32(0) ^ Math.imul(lineId, SPREAD)) >>> 0,
    // Odd, so that no bit is met twice.
    step: (view.getUint32(4) | 1) >>> 0,
  }
}

/** Bytes that a filter for so many keys takes. */
export function filterBytes(keys: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(MIN_BITS, keys * BITS_PER_KEY))) / 8
}

/** A Bloom filter. What was added to it is always found; what wasn't, hardly ever. */
export class KeyFilter {
  readonly #words: Uint32Array
  readonly #mask: number

  constructor(keys: number) {
    const bytes = filterBytes(keys)
    this.#words = new Uint32Array(bytes / 4)
    this.#mask = bytes * 8 - 1
  }

  get bytes(): number {
    return this.#words.byteLength
  }

  add({ start, step }: KeyMarks): void {
    const words = this.#words
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (start + probe * step) & this.#mask
      words[bit >>> 5] = (words[bit >>> 5] ?? 0) | (1 << (bit & 31))
    }
  }

  mayHave({ start, step }: KeyMarks): boolean {
    const words = this.#words
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (start + probe * step) & this.#mask
      if (((words[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false
    }
    return true
  }
}
