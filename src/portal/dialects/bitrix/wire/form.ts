import { isAscii } from 'node:buffer'
/** A form's fields in the order in which they came; the bytes are what was signed. */
export type FormFields = ReadonlyMap<string, Buffer>

/** A form that no portal sends. Says nothing of what stood in it. */
export class FormError extends Error {
  override name = 'FormError'
}

/** The real module sends ten. */
const MAX_FIELDS = 40
const MAX_NAME_BYTES = 64
const PERCENT = 0x25
const PLUS = 0x2b
const SPACE = 0x20

/**
 * Reads a form (`application/x-www-form-urlencoded`) and keeps its order. A name that comes twice is refused: which of the
 * two was meant, the signature doesn't say. Throws FormError.
 */
export function readForm(body: Buffer): FormFields {
  const fields = new Map<string, Buffer>()
  let start = 0
  let pieces = 0
  while (start < body.length) {
    if (++pieces > MAX_FIELDS) throw new FormError(`more than ${MAX_FIELDS} fields`)
    const found = body.indexOf('&', start)
    const end = found === -1 ? body.length : found
    if (end > start) readField(body.subarray(start, end), fields)
    start = end + 1
  }
  return fields
}

function readField(pair: Buffer, fields: Map<string, Buffer>): void {
  const at = pair.indexOf('=')
  const rawName = at === -1 ? pair : pair.subarray(0, at)
  if (rawName.length > MAX_NAME_BYTES) throw new FormError('a field with a long name')
  const name = decode(rawName).toString('utf8')
  if (fields.has(name)) throw new FormError('a field that comes twice')
  fields.set(name, at === -1 ? Buffer.alloc(0) : decode(pair.subarray(at + 1)))
}

/** By the engine's own decoder where that can't be of another opinion; byte by byte whatever is no text of UTF-8. */
function decode(encoded: Buffer): Buffer {
  if (!isAscii(encoded)) return decodeBytes(encoded)
  const text = encoded.toString('latin1').replaceAll('+', ' ')
  if (!text.includes('%')) return Buffer.from(text, 'latin1')
  try {
    return Buffer.from(decodeURIComponent(text))
  } catch {
    return decodeBytes(encoded)
  }
}

function decodeBytes(encoded: Buffer): Buffer {
  const out = Buffer.allocUnsafe(encoded.length)
  let size = 0
  for (let at = 0; at < encoded.length; at++) {
    const byte = encoded[at] ?? 0
    const decoded = byte === PERCENT ? hexByte(encoded[at + 1], encoded[at + 2]) : undefined
    if (decoded !== undefined) at += 2
    out[size++] = decoded ?? (byte === PLUS ? SPACE : byte)
  }
  return out.subarray(0, size)
}

function hexByte(high: number | undefined, low: number | undefined): number | undefined {
  const [first, second] = [hexDigit(high), hexDigit(low)]
  return first === undefined || second === undefined ? undefined : first * 16 + second
}

function hexDigit(byte = 0): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  // Both cases: the bit that tells them apart is set.
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : undefined
}

/** As PHP's `http_build_query` writes it, byte for byte. */
export function writeForm(fields: ReadonlyMap<string, string>): string {
  return [...fields].map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}
