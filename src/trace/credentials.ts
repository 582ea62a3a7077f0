import { isRecord } from '../core/json.ts'

/** Request headers whose values are credentials by their nature, whoever made them and whenever. */
const CREDENTIALS = new Set([
  'authorization',
  'cookie',
  'd360-api-key',
  'proxy-authorization',
  'x-viber-auth-token',
])
/** What OAuth calls what it hands out. */
const TOKENS = ['access_token', 'refresh_token', 'id_token']
/** What is shorter is a code or a word, and would be taken out of everything. */
const SHORTEST = 6
const MAX_DEPTH = 20

/** The secrets in what a request proves itself with: a token that was handed out before anybody looked is in no list. */
export function credentialsIn(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined || !CREDENTIALS.has(name.toLowerCase())) return []
    const text = String(value)
    const [scheme = '', rest = ''] = text.split(/\s+(.*)/s)
    return [text, rest, ...(scheme.toLowerCase() === 'basic' ? passwordOf(rest) : [])].filter(
      ({ length }) => length >= SHORTEST,
    )
  })
}

function passwordOf(encoded: string): string[] {
  const [, password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(/:(.*)/s)
  return [password]
}

/** Tokens in an answer, and the values of the fields that are named: what the channel hands out. */
export function handedOut(body: string, fields: readonly string[] = []): string[] {
  const names = new Set([...TOKENS, ...fields])
  // Hardly any answer holds one, and to parse all of them would cost.
  if (![...names].some((name) => body.includes(`"${name}"`))) return []
  try {
    return secretsIn(JSON.parse(body), names, 0).filter(({ length }) => length >= SHORTEST)
  } catch {
    return []
  }
}

function secretsIn(value: unknown, names: ReadonlySet<string>, depth: number): string[] {
  if (depth > MAX_DEPTH) return []
  if (Array.isArray(value)) return value.flatMap((one) => secretsIn(one, names, depth + 1))
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([name, one]) =>
    typeof one === 'string' && names.has(name)
      ? [secretPart(one)]
      : secretsIn(one, names, depth + 1),
  )
}

/** Of an address its host is no secret. */
function secretPart(value: string): string {
  const url = /^https?:/.test(value) ? URL.parse(value) : null
  return url ? url.search.slice(1) : value
}
