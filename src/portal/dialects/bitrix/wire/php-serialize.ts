import { PhpFloat, type PhpInput, type PhpKey, toPhpKey } from './php-value.ts'

/** As PHP's `serialize` writes it, byte for byte. Throws a RangeError on integers that PHP has no room for. */
export function serialize(value: PhpInput): string {
  const out: string[] = []
  write(value, out)
  return out.join('')
}

function write(value: PhpInput, out: string[]): void {
  if (value === null) out.push('N;')
  else if (typeof value === 'string') writeText(value, out)
  else if (typeof value === 'boolean') out.push(value ? 'b:1;' : 'b:0;')
  else if (typeof value === 'number')
    out.push(Number.isSafeInteger(value) ? `i:${value};` : writeFloat(value))
  else if (typeof value === 'bigint') out.push(`i:${toInt(value)};`)
  else if (value instanceof PhpFloat) out.push(writeFloat(value.value))
  else writeArray(entriesOf(value), out)
}

/** PHP counts bytes. Half a surrogate pair has none of its own: it becomes U+FFFD, as it would on the way out anyway. */
function writeText(value: string, out: string[]): void {
  const text = value.toWellFormed()
  out.push(`s:${Buffer.byteLength(text)}:"${text}";`)
}

function writeArray(entries: readonly (readonly [PhpKey, PhpInput])[], out: string[]): void {
  out.push(`a:${entries.length}:{`)
  for (const [key, value] of entries) {
    if (typeof key === 'string') writeText(key, out)
    else out.push(`i:${toInt(key)};`)
    write(value, out)
  }
  out.push('}')
}

function entriesOf(value: Extract<PhpInput, object>): readonly (readonly [PhpKey, PhpInput])[] {
  if (Array.isArray(value)) return value.map((entry: PhpInput, index) => [index, entry])
  const entries: Iterable<readonly [PhpKey, PhpInput | undefined]> =
    value instanceof Map ? value : Object.entries(value as Record<string, PhpInput | undefined>)
  return [...entries].flatMap(([key, entry]) =>
    entry === undefined ? [] : [[typeof key === 'string' ? toPhpKey(key) : key, entry] as const],
  )
}

function toInt(value: number | bigint): string {
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) {
    throw new RangeError('an integer of more than 64 bits')
  }
  return String(value)
}

/** The shortest digits that give the number again, as PHP writes them with `serialize_precision = -1`. */
function writeFloat(value: number): string {
  if (Number.isNaN(value)) return 'd:NAN;'
  if (!Number.isFinite(value)) return value > 0 ? 'd:INF;' : 'd:-INF;'
  if (Object.is(value, -0)) return 'd:-0;'
  const [mantissa = '', power = '0'] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 17) return `d:${withoutExponent(mantissa, exponent)};`
  const digits = mantissa.includes('.') ? mantissa : `${mantissa}.0`
  return `d:${digits}E${exponent < 0 ? '-' : '+'}${Math.abs(exponent)};`
}

function withoutExponent(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace(/[-.]/g, '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const rest = digits.slice(exponent + 1)
  return rest === '' ? sign + whole : `${sign}${whole}.${rest}`
}
