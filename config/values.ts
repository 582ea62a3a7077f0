import { isIP } from 'node:net'

/** Why a value can't be taken, for a person. Thrown by the readers below and gathered by `parseConfig`. */
export class ValueFault extends Error {
  override name = 'ValueFault'
}

/** A whole number in decimal digits, both bounds included. */
export function readInteger(raw: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN
  if (value >= min && value <= max) return value
  throw new ValueFault(`must be a whole number from ${min} to ${max}`)
}

export function readChoice<T extends string>(raw: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === raw)
  if (choice !== undefined) return choice
  throw new ValueFault(`must be one of ${choices.join(', ')}`)
}

/** Comma-separated, at least one entry, none empty. */
export function readList(raw: string): string[] {
  const entries = raw.split(',').map((entry) => entry.trim())
  if (entries.includes('')) throw new ValueFault('holds an empty entry')
  return entries
}

export function readRoles<T extends string>(raw: string, known: readonly T[]): ReadonlySet<T> {
  const entries = readList(raw)
  const strangers = entries.filter((entry) => !known.some((role) => role === entry))
  if (strangers.length > 0) {
    throw new ValueFault(
      `holds ${strangers.map(quote).join(', ')}; the roles are ${known.join(', ')}`,
    )
  }
  return new Set(known.filter((role) => entries.includes(role)))
}

const MAX_STEPS = 50
/** 24 days: a longer wait overflows Node's timers (2^31 ms), which then fire at once. */
const MAX_STEP_SECONDS = 24 * 86_400

/** Seconds, comma-separated, to milliseconds. */
export function readLadder(raw: string): readonly number[] {
  const entries = readList(raw)
  if (entries.length > MAX_STEPS) throw new ValueFault(`has more than ${MAX_STEPS} steps`)
  const seconds = entries.map((entry) => (/^\d{1,7}$/.test(entry) ? Number(entry) : 0))
  if (seconds.some((step) => step < 1 || step > MAX_STEP_SECONDS)) {
    throw new ValueFault(
      `must be whole numbers of seconds from 1 to ${MAX_STEP_SECONDS}, comma-separated`,
    )
  }
  return seconds.map((step) => step * 1000)
}

export function readCidrs(raw: string): readonly string[] {
  const entries = readList(raw)
  const bad = entries.filter((entry) => !isCidr(entry))
  if (bad.length === 0) return entries
  throw new ValueFault(`holds ${bad.map(quote).join(', ')}: not a CIDR such as 10.0.0.0/8`)
}

/** Addresses and CIDRs; `none` for no address at all. */
export function readNetworks(raw: string): readonly string[] {
  if (raw === 'none') return []
  const entries = readList(raw)
  const bad = entries.filter((entry) => !isCidr(entry) && !isCidr(`${entry}/0`))
  if (bad.length === 0) return entries
  throw new ValueFault(
    `holds ${bad.map(quote).join(', ')}: neither an address nor a CIDR such as 10.0.0.0/8`,
  )
}

function isCidr(entry: string): boolean {
  const [address = '', prefix = '', ...rest] = entry.split('/')
  const family = isIP(address)
  // A zone (`fe80::1%eth0`) is an address of one interface, not a network.
  if (family === 0 || rest.length > 0 || address.includes('%')) return false
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128)
}

export function readHost(raw: string): string {
  const host = raw.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(host)) return host
  throw new ValueFault('must be an address or a host name, without a port')
}

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8081`, `[::1]:8081`. */
export function readListenAddress(raw: string): ListenAddress {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(raw) ?? []
  if (port === '' || Number(port) > 65_535) {
    throw new ValueFault('must be an address and a port, such as 127.0.0.1:8081')
  }
  return { host: readHost(host), port: Number(port) }
}

/** An http(s) base address. The result has no trailing slash. */
export function readBaseUrl(raw: string): string {
  const url = URL.parse(raw)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ValueFault('must be an http or https address')
  }
  if (raw.includes('?') || raw.includes('#')) {
    throw new ValueFault('must not have a query or a fragment')
  }
  if (url.username || url.password) {
    throw new ValueFault('must not hold a user name or password')
  }
  return url.href.replace(/\/+$/, '')
}

/** An http(s) address of any form, to post to. */
export function readUrl(raw: string): string {
  const url = URL.parse(raw)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ValueFault('must be an http or https address')
  }
  if (url.username || url.password) {
    throw new ValueFault('must not hold a user name or password')
  }
  return url.href
}

/** `name=value,name=value`, percent-encoded, as OpenTelemetry has it. */
export function readHeaders(raw: string): Readonly<Record<string, string>> {
  const entries = raw.split(',').filter((entry) => entry.trim() !== '')
  return Object.fromEntries(entries.map(readHeader))
}

function readHeader(entry: string): [string, string] {
  const [, name = '', value = ''] = /^\s*([A-Za-z0-9!#$&'*+.^_`|~-]+)\s*=(.*)$/.exec(entry) ?? []
  try {
    const decoded = decodeURIComponent(value.trim())
    if (name !== '' && /^[\t\x20-\x7e]*$/.test(decoded)) return [name.toLowerCase(), decoded]
  } catch {
    // A broken percent escape: as every other fault.
  }
  throw new ValueFault('must be name=value, comma-separated, with percent escapes')
}

/** As Standard Webhooks has it, and recommends at least 24 bytes. */
export function readWebhookSecret(raw: string): string {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(raw) ?? []
  if (Buffer.from(base64, 'base64').length >= MIN_SECRET_BYTES) return raw
  throw new ValueFault(`must be whsec_ and at least ${MIN_SECRET_BYTES} bytes in base64`)
}

const MIN_SECRET_BYTES = 24
const KEY_BYTES = 32

/** 32 bytes as base64 in the standard or the URL alphabet, padded or not. */
export function readKey(raw: string): Buffer {
  const isBase64 = /^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}$/.test(raw)
  const key = Buffer.from(raw, 'base64')
  // Buffer.from skips what it can't read, so the length of the text is checked too: 43 characters and one padding.
  if (isBase64 && key.length === KEY_BYTES && raw.replace('=', '').length === 43) return key
  throw new ValueFault(`must be exactly ${KEY_BYTES} bytes in base64`)
}

const MIN_TOKEN_LENGTH = 24

/** A token that can stand in an `Authorization: Bearer` header. */
export function readToken(raw: string): string {
  if (raw.length < MIN_TOKEN_LENGTH) {
    throw new ValueFault(`must have at least ${MIN_TOKEN_LENGTH} characters`)
  }
  if (!/^[\x21-\x7e]+$/.test(raw)) {
    throw new ValueFault('must be of printable ASCII characters without spaces')
  }
  return raw
}

/** An id or a secret that somebody else has made. */
export function readWord(raw: string): string {
  if (raw.length <= 255 && /^[\x21-\x7e]+$/.test(raw)) return raw
  throw new ValueFault('must be up to 255 printable ASCII characters without spaces')
}

function quote(entry: string): string {
  return JSON.stringify(entry.length > 40 ? `${entry.slice(0, 40)}…` : entry)
}
