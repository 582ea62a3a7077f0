import { readFileSync } from 'node:fs'
import { PhpFloat, type PhpInput } from '../../src/portal/dialects/bitrix/wire/php-value.ts'

/** One exchange of the real module's, as it was recorded. */
export interface BitrixVector {
  readonly id: string
  readonly version: string
  readonly direction: 'portal->hub' | 'hub->portal' | 'portal->hub answer'
  readonly name?: string
  readonly command?: string
  readonly licenceKey?: string
  /** Where it isn't the licence key that signs. */
  readonly signKey?: string
  readonly args?: unknown
  readonly wireArgs?: unknown
  readonly rawData?: string
  readonly bodyFields?: readonly (readonly [string, string])[]
  readonly rawBody?: string
  readonly dataSerialized?: string | { readonly $hex: string }
  readonly hash?: string
  readonly expectBadHash?: true
  readonly answerExpected?:
    | string
    | { readonly awaited: boolean; readonly body: string | null }
    | null
  readonly answer?: string | RecordedAnswer
  readonly portalResult?:
    | string
    | { readonly success: boolean; readonly errors: readonly unknown[] }
}

export interface RecordedAnswer {
  readonly body: string
  readonly status?: string
  readonly headers?: Readonly<Record<string, string>>
}

const FILE = new URL('../fixtures/portals/bitrix-vectors.json', import.meta.url)

export function readBitrixVectors(): readonly BitrixVector[] {
  return (JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: BitrixVector[] }).vectors
}

/**
 * What the recordings write for values that JSON has no form for: `{"$float": "1"}`, `{"$int": "9007199254740993"}`,
 * `{"$map": [[key, value], …]}`,
 * `{"$hex": "…"}`; anything else stands for itself.
 */
export function toPhp(value: unknown): PhpInput {
  if (Array.isArray(value)) return value.map(toPhp)
  if (typeof value !== 'object' || value === null) return value as PhpInput
  const entries = Object.entries(value)
  const [first] = entries
  if (entries.length === 1 && first?.[0].startsWith('$')) return toSpecial(first[0], first[1])
  return new Map(entries.map(([key, member]) => [key, toPhp(member)]))
}

function toSpecial(kind: string, value: unknown): PhpInput {
  if (kind === '$float') return new PhpFloat(Number(value))
  if (kind === '$int') return BigInt(String(value))
  if (kind === '$hex') return Buffer.from(String(value), 'hex').toString('utf8')
  if (kind === '$map') {
    const pairs = value as readonly (readonly [string | number, unknown])[]
    return new Map(pairs.map(([key, member]) => [key, toPhp(member)]))
  }
  throw new Error(`a recording holds ${kind}`)
}
