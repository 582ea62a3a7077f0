import {
  type PhpArray,
  PhpFloat,
  type PhpKey,
  type PhpValue,
  toPhpInt,
  toPhpKey,
} from './php-value.ts'

/** Bytes that are none of the format that we take, or more than we take. */
export class PhpFormatError extends Error {
  override name = 'PhpFormatError'
}

/** The deepest that arrays may lie in each other; commands of the real module have some six levels. */
export const MAX_DEPTH = 16
/** Keys don't count. A command of 256 KiB has no room for more. */
export const MAX_VALUES = 50_000
/** The shortest member of an array: `i:0;N;`. */
const MIN_MEMBER_BYTES = 6
/** Digits that a length or an integer may have at most. */
const MAX_DIGITS = 20
const MAX_FLOAT_BYTES = 400

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const SPECIAL_FLOATS: ReadonlyMap<string, number> = new Map([
  ['NAN', Number.NaN],
  ['INF', Number.POSITIVE_INFINITY],
  ['-INF', Number.NEGATIVE_INFINITY],
])

const COLON = 0x3a
const SEMICOLON = 0x3b
const QUOTE = 0x22
const OPEN = 0x7b
const CLOSE = 0x7d

/**
 * Reads PHP's serialised format: arrays, strings, integers, floats, booleans and null. Nothing else exists here: no object
 * and no reference can be named, so none can be made. Every byte is looked at once, and nothing is reserved by what the
 * text says of its own size. Bytes of a string that are no UTF-8 become U+FFFD. Throws PhpFormatError.
 */
export function unserialize(bytes: Buffer): PhpValue {
  const reader = new Reader(bytes)
  const value = reader.value(0)
  reader.end()
  return value
}

class Reader {
  readonly #bytes: Buffer
  #at = 0
  #values = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  end(): void {
    if (this.#at !== this.#bytes.length) this.#fail('bytes behind the value')
  }

  value(depth: number): PhpValue {
    if (++this.#values > MAX_VALUES) this.#fail(`more than ${MAX_VALUES} values`)
    const kind = this.#kind()
    if (kind === 'N') {
      this.#expect(SEMICOLON)
      return null
    }
    this.#expect(COLON)
    if (kind === 's') return this.#text()
    if (kind === 'i') return this.#integer()
    if (kind === 'a') return this.#array(depth)
    if (kind === 'b') return this.#boolean()
    if (kind === 'd') return this.#float()
    return this.#fail('a kind of value that is not taken')
  }

  #kind(): string {
    if (this.#at >= this.#bytes.length) this.#fail('the end')
    return String.fromCharCode(this.#bytes[this.#at++] ?? 0)
  }

  #array(depth: number): PhpArray {
    if (depth >= MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} levels`)
    const count = this.#length(COLON)
    if (count * MIN_MEMBER_BYTES > this.#bytes.length - this.#at) {
      this.#fail('more members than there are bytes')
    }
    this.#expect(OPEN)
    const list: PhpValue[] = []
    let members: Map<PhpKey, PhpValue> | undefined
    for (let index = 0; index < count; index++) {
      const key = this.#key()
      const value = this.value(depth + 1)
      if (!members && key === index) list.push(value)
      else {
        members ??= new Map(list.entries())
        members.set(key, value)
      }
    }
    this.#expect(CLOSE)
    return members ?? list
  }

  #key(): PhpKey {
    const kind = this.#kind()
    this.#expect(COLON)
    if (kind === 'i') return this.#integer()
    if (kind === 's') return toPhpKey(this.#text())
    return this.#fail('a key that is neither an integer nor text')
  }

  #text(): string {
    const length = this.#length(COLON)
    this.#expect(QUOTE)
    const end = this.#at + length
    if (end > this.#bytes.length) this.#fail('a length beyond the end')
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end
    this.#expect(QUOTE)
    this.#expect(SEMICOLON)
    return text
  }

  #integer(): number | bigint {
    const value = toPhpInt(this.#until(SEMICOLON, MAX_DIGITS))
    return value ?? this.#fail('no integer of 64 bits')
  }

  #boolean(): boolean {
    const digit = this.#until(SEMICOLON, 1)
    if (digit !== '0' && digit !== '1') this.#fail('no boolean')
    return digit === '1'
  }

  #float(): PhpFloat {
    const text = this.#until(SEMICOLON, MAX_FLOAT_BYTES)
    const value = SPECIAL_FLOATS.get(text) ?? (FLOAT.test(text) ? Number(text) : undefined)
    return new PhpFloat(value ?? this.#fail('no number'))
  }

  #length(terminator: number): number {
    const value = toPhpInt(this.#until(terminator, MAX_DIGITS))
    if (typeof value !== 'number' || value < 0) this.#fail('no length')
    return value as number
  }

  /** What stands before this byte, which is skipped. */
  #until(terminator: number, maxBytes: number): string {
    const start = this.#at
    const limit = Math.min(start + maxBytes + 1, this.#bytes.length)
    let end = start
    while (end < limit && this.#bytes[end] !== terminator) end++
    if (end >= limit) this.#fail('a value without an end')
    this.#at = end + 1
    return this.#bytes.toString('latin1', start, end)
  }

  #expect(byte: number): void {
    if (this.#bytes[this.#at] !== byte) this.#fail(`not ${String.fromCharCode(byte)}`)
    this.#at++
  }

  /** Says where, and nothing of the bytes: they may be secret. */
  #fail(what: string): never {
    throw new PhpFormatError(`${what}, at byte ${this.#at}`)
  }
}
