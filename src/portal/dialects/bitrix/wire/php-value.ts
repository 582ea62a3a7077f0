/**
 * What PHP's `serialize` writes, as far as this wire uses it. An array whose keys are 0, 1, 2 … is a list; any other is a
 * map, for PHP's arrays keep the order in which they were filled and tell the key 5 from no other, while an object of ours
 * would sort numeric keys and give `__proto__` a meaning.
 */
export type PhpValue = null | boolean | number | bigint | string | PhpFloat | PhpArray
export type PhpArray = readonly PhpValue[] | ReadonlyMap<PhpKey, PhpValue>
export type PhpKey = string | number | bigint

/** What can be serialised: values as they were read, and plain records, whose undefined members are left out. */
export type PhpInput =
  | Exclude<PhpValue, PhpArray>
  | readonly PhpInput[]
  | ReadonlyMap<PhpKey, PhpInput>
  | { readonly [key: string]: PhpInput | undefined }

/** PHP tells 1.0 from 1; numbers of ours that are whole are integers there, so its floats are kept apart. */
export class PhpFloat {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

const WHOLE_NUMBER = /^(?:0|-?[1-9]\d{0,18})$/
const NINE = 0x39
const MIN_INT = -(2n ** 63n)
const MAX_INT = 2n ** 63n - 1n

/** An integer of PHP's (64 bits), as a number where that is exact; undefined if the digits are none. */
export function toPhpInt(digits: string): number | bigint | undefined {
  const number = Number(digits)
  // Written as we would write it: no zeros before it, no exponent, no minus before a zero.
  if (Number.isSafeInteger(number) && String(number) === digits) return number
  if (!WHOLE_NUMBER.test(digits)) return undefined
  const exact = BigInt(digits)
  return exact >= MIN_INT && exact <= MAX_INT ? exact : undefined
}

/** PHP makes a key of digits an integer; any other text stays text. */
export function toPhpKey(text: string): PhpKey {
  // Names are nearly all there is.
  if (text.charCodeAt(0) > NINE) return text
  return toPhpInt(text) ?? text
}

/** What an array holds under a key; undefined where it holds nothing, or where this is no array. */
export function memberOf(value: PhpValue | undefined, key: string | number): PhpValue | undefined {
  if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined
  return isMap(value) ? value.get(typeof key === 'string' ? toPhpKey(key) : key) : undefined
}

/** The same some levels down: `deepMemberOf(item, 'message', 'text')`. */
export function deepMemberOf(
  value: PhpValue | undefined,
  ...path: readonly (string | number)[]
): PhpValue | undefined {
  return path.reduce<PhpValue | undefined>((at, key) => memberOf(at, key), value)
}

/** The values of an array in its order, whatever its keys; none of anything else. */
export function valuesOf(value: PhpValue | undefined): readonly PhpValue[] {
  if (Array.isArray(value)) return value
  return isMap(value) ? [...value.values()] : []
}

/** The members of an array with their keys as text; none of anything else. */
export function entriesOf(value: PhpValue | undefined): readonly (readonly [string, PhpValue])[] {
  if (Array.isArray(value)) return value.map((entry, index) => [String(index), entry])
  return isMap(value) ? [...value].map(([key, entry]) => [String(key), entry]) : []
}

/** A scalar as PHP would print it; undefined for null, false, and arrays. The empty text stays. */
export function textOf(value: PhpValue | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof PhpFloat) return String(value.value)
  return value === true ? '1' : undefined
}

/** As PHP takes a condition: the empty text, "0", 0, null and the empty array are false. */
export function isTruthy(value: PhpValue | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (isMap(value)) return value.size > 0
  const text = textOf(value)
  return text !== undefined && text !== '' && text !== '0'
}

export function isMap(value: PhpValue | undefined): value is ReadonlyMap<PhpKey, PhpValue> {
  return value instanceof Map
}
