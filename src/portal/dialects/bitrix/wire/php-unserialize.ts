import { isAscii } from 'node:buffer'
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

/** Longer pieces of a text are kept by V8 as views that keep all of it alive. */
const MAX_COPIED = 12
const ZERO = 0x30
const FIRST_NOT_ASCII = 0x80

/**
 * Reads PHP's serialised format: arrays, strings, integers, floats, booleans and null. Nothing else exists here: no object
 * and no reference can be named, so none can be made. Every byte is looked at once, and nothing is reserved by what the
 * text says of its own size. Bytes of a string that are no UTF-8 become U+FFFD. `toValue` says what a string stands for, keys
 * excepted; itself, if absent. Throws PhpFormatError.
 */
export function unserialize(
  bytes: Buffer,
  toValue: (text: string) => PhpValue = (text) => text,
): PhpValue {
  const reader = new Reader(bytes, toValue)
  const value = reader.value(0)
  reader.end()
  return value
}

/** Searches and compares by the engine's own means: a loop over bytes would be ten times slower until it is compiled. */
class Reader {
  readonly #bytes: Buffer
  /** A character for each byte. */
  readonly #chars: string
  readonly #isAscii: boolean
  readonly #toValue: (text: string) => PhpValue
  #at = 0
  #values = 0

  constructor(bytes: Buffer, toValue: (text: string) => PhpValue) {
    this.#bytes = bytes
    this.#chars = bytes.toString('latin1')
    this.#isAscii = isAscii(bytes)
    this.#toValue = toValue
  }

  end(): void {
    if (this.#at !== this.#bytes.length) this.#fail('bytes behind the value')
  }

  value(depth: number): PhpValue {
    if (++this.#values > MAX_VALUES) this.#fail(`more than ${MAX_VALUES} values`)
    const kind = this.#kind()
    if (kind === 'N') {
      this.#expect(';')
      return null
    }
    this.#expect(':')
    if (kind === 's') return this.#toValue(this.#text())
    if (kind === 'i') return this.#integer()
    if (kind === 'a') return this.#array(depth)
    if (kind === 'b') return this.#boolean()
    if (kind === 'd') return this.#float()
    return this.#fail('a kind of value that is not taken')
  }

  #kind(): string {
    return this.#chars[this.#at++] ?? this.#fail('the end')
  }

  #array(depth: number): PhpArray {
    if (depth >= MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} levels`)
    const count = this.#length()
    if (count * MIN_MEMBER_BYTES > this.#bytes.length - this.#at) {
      this.#fail('more members than there are bytes')
    }
    this.#expect('{')
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
    this.#expect('}')
    return members ?? list
  }

  #key(): PhpKey {
    const kind = this.#kind()
    this.#expect(':')
    if (kind === 'i') return this.#integer()
    if (kind === 's') return toPhpKey(this.#text())
    return this.#fail('a key that is neither an integer nor text')
  }

  #text(): string {
    const length = this.#length()
    this.#expect('"')
    const end = this.#at + length
    if (end > this.#bytes.length) this.#fail('a length beyond the end')
    const text = this.#decoded(this.#at, end)
    this.#at = end
    this.#expect('"')
    this.#expect(';')
    return text
  }

  #decoded(start: number, end: number): string {
    if (end - start > MAX_COPIED || !this.#isAsciiBetween(start, end)) {
      return this.#isAscii
        ? this.#bytes.toString('latin1', start, end)
        : this.#bytes.toString('utf8', start, end)
    }
    return this.#chars.slice(start, end)
  }

  #isAsciiBetween(start: number, end: number): boolean {
    if (this.#isAscii) return true
    for (let at = start; at < end; at++) {
      if (this.#chars.charCodeAt(at) >= FIRST_NOT_ASCII) return false
    }
    return true
  }

  #integer(): number | bigint {
    const value = this.#wholeNumber(';')
    return value ?? this.#fail('no integer of 64 bits')
  }

  #boolean(): boolean {
    const digit = this.#until(';', 1)
    if (digit !== '0' && digit !== '1') this.#fail('no boolean')
    return digit === '1'
  }

  #float(): PhpFloat {
    const text = this.#until(';', MAX_FLOAT_BYTES)
    const value = SPECIAL_FLOATS.get(text) ?? (FLOAT.test(text) ? Number(text) : undefined)
    return new PhpFloat(value ?? this.#fail('no number'))
  }

  #length(): number {
    const value = this.#wholeNumber(':')
    if (typeof value !== 'number' || value < 0) this.#fail('no length')
    return value as number
  }

  /** Most have one digit: indexes, ids of lists, lengths of names. */
  #wholeNumber(terminator: string): number | bigint | undefined {
    const digit = this.#chars.charCodeAt(this.#at) - ZERO
    if (digit >= 0 && digit <= 9 && this.#chars[this.#at + 1] === terminator) {
      this.#at += 2
      return digit
    }
    return toPhpInt(this.#until(terminator, MAX_DIGITS))
  }

  /** What stands before this character, which is skipped. */
  #until(terminator: string, maxBytes: number): string {
    const start = this.#at
    const end = this.#chars.indexOf(terminator, start)
    if (end === -1 || end - start > maxBytes) this.#fail('a value without an end')
    this.#at = end + 1
    return this.#chars.slice(start, end)
  }

  #expect(char: string): void {
    if (this.#chars[this.#at] !== char) this.#fail(`not ${char}`)
    this.#at++
  }

  /** Says where, and nothing of the bytes: they may be secret. */
  #fail(what: string): never {
    throw new PhpFormatError(`${what}, at byte ${this.#at}`)
  }
}
