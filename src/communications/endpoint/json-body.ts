import { parseJson } from '../../core/json.ts'
import type { RouteRequest } from '../../core/route.ts'

export function hasJsonType({ headers }: Pick<RouteRequest, 'headers'>): boolean {
  const [type = ''] = String(headers['content-type'] ?? '').split(';')
  return type.trim().toLowerCase() === 'application/json'
}

/** Undefined: it isn't JSON. What is JSON is in `value`. */
export function readJson(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body)) }
  } catch {
    return undefined
  }
}

/** Characters of a caller's own name of a request. */
const MAX_KEY = 128

/** The header `Idempotency-Key`, by which a request that is repeated does no harm. */
export function readKey({ headers }: Pick<RouteRequest, 'headers'>): {
  readonly key?: string
  readonly problem?: string
} {
  const key = headers['idempotency-key']
  if (typeof key !== 'string' || key === '') return {}
  if (key.length <= MAX_KEY) return { key }
  return { problem: `must have at most ${MAX_KEY} characters` }
}

/** What a key is answered with that stands for another request. */
export const KEY_REUSED = 'was used for another request in the last 24 h'
