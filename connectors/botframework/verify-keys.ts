import type { JWK } from 'jose'
import { z } from 'zod'
import { BoundedMap } from '#core/bounded-map.ts'
import type { Clock } from '#core/clock.ts'
import { TransportError } from '#core/errors.ts'
import type { HttpClient } from '#core/http.ts'
import { readJson } from '#kit/json-answer.ts'

const KEYS_MAX_AGE_MS = 24 * 60 * 60 * 1000
const FORCED_REFRESH_INTERVAL_MS = 60 * 60 * 1000

/** Each address is some line's to choose, and so is what it answers; the public clouds have a handful of keys each. */
const MAX_SETS = 1000
const MAX_BYTES = 8 * 1024 * 1024
/** The public clouds' sets take some 20 KB. */
const MAX_SET_BYTES = 256 * 1024

const metadataSchema = z.looseObject({ jwks_uri: z.url({ protocol: /^https?$/ }) })
const jwksSchema = z.looseObject({ keys: z.array(z.unknown()) })
const keySchema = z.looseObject({
  kty: z.literal('RSA'),
  kid: z.string().min(1),
  n: z.string(),
  e: z.string(),
  endorsements: z.array(z.string()).optional(),
})

interface SigningKey {
  readonly jwk: JWK
  readonly endorsements: readonly string[]
}

/** The service's signing keys, by metadata address. */
export interface KeyStore {
  /** Throws TransportError when the keys can't be had. */
  find(metadataUrl: string, kid: string | undefined): Promise<SigningKey | undefined>
  /** Fetches anew, to show that the address works. Throws TransportError. */
  refresh(metadataUrl: string): Promise<void>
}

interface KeySet {
  readonly keys: ReadonlyMap<string, SigningKey>
  /** About what they take in memory. */
  readonly bytes: number
  readonly fetchedAt: number
}

/**
 * Keeps keys for 24 h. A key id that isn't known makes it look again at once, but only once per hour: anybody can send
 * a token with an invented key id.
 */
export function createKeyStore(http: HttpClient, clock: Clock): KeyStore {
  const sets = new BoundedMap<string, KeySet>({
    limit: MAX_SETS,
    maxBytes: MAX_BYTES,
    sizeOf: ({ bytes }) => bytes,
  })
  const forcedAt = new BoundedMap<string, number>(MAX_SETS)
  const pending = new Map<string, Promise<KeySet>>()

  function load(url: string): Promise<KeySet> {
    const underWay = pending.get(url)
    if (underWay !== undefined) return underWay
    const loading = fetchKeys(http, url)
      .then((keys) => {
        const set = { ...keys, fetchedAt: clock.now() }
        sets.set(url, set)
        return set
      })
      .finally(() => pending.delete(url))
    pending.set(url, loading)
    return loading
  }

  return {
    async find(url, kid) {
      if (kid === undefined) return undefined
      const cached = sets.get(url)
      const isFresh = cached !== undefined && clock.now() - cached.fetchedAt < KEYS_MAX_AGE_MS
      const set = isFresh ? cached : await load(url)
      const key = set.keys.get(kid)
      // Keys that were fetched for this very request needn't be fetched again.
      if (key || !isFresh) return key
      const last = forcedAt.get(url)
      if (last !== undefined && clock.now() - last < FORCED_REFRESH_INTERVAL_MS) {
        // Another request may be fetching at this moment: its answer serves this one too.
        return (await pending.get(url))?.keys.get(kid)
      }
      forcedAt.set(url, clock.now())
      try {
        return (await load(url)).keys.get(kid)
      } catch (error) {
        forcedAt.delete(url)
        throw error
      }
    },
    async refresh(url) {
      await load(url)
    },
  }
}

async function fetchKeys(
  http: HttpClient,
  metadataUrl: string,
): Promise<Omit<KeySet, 'fetchedAt'>> {
  const metadata = await fetchJson(http, metadataUrl, metadataSchema)
  const isDowngrade = metadataUrl.startsWith('https:') && !metadata.jwks_uri.startsWith('https:')
  if (isDowngrade) throw new TransportError('HUB_BAD_METADATA', 'not-sent')
  const jwks = await fetchJson(http, metadata.jwks_uri, jwksSchema)
  const keys = new Map<string, SigningKey>()
  let bytes = 0
  for (const candidate of jwks.keys) {
    const key = keySchema.safeParse(candidate).data
    if (!key) continue
    // Only what makes the key: `alg` and `use` of the document have no say in what is accepted.
    const jwk = { kty: key.kty, kid: key.kid, n: key.n, e: key.e }
    const kept = { jwk, endorsements: key.endorsements ?? [] }
    bytes += JSON.stringify(kept).length
    if (bytes > MAX_SET_BYTES) throw new TransportError('HUB_BAD_METADATA', 'not-sent')
    keys.set(key.kid, kept)
  }
  return { keys, bytes }
}

async function fetchJson<T>(http: HttpClient, url: string, schema: z.ZodType<T>): Promise<T> {
  const response = await http.request({ method: 'GET', url })
  const result = schema.safeParse(response.status === 200 ? readJson(response.body) : undefined)
  if (!result.success) throw new TransportError('HUB_BAD_METADATA', 'not-sent')
  return result.data
}
