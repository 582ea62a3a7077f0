import { BadUpdateError } from '../core/errors.ts'
import type { RawRequest } from '../core/http.ts'
import { parseJson } from '../core/json.ts'
import type { ListedItem } from './operations.ts'

/** Updates of the channel's, as a trace has kept them. */
export type Recorded =
  | { readonly kind: 'request'; readonly request: RawRequest }
  | { readonly kind: 'updates'; readonly updates: readonly unknown[] }
  | { readonly kind: 'unusable'; readonly reason: string }

/** Undefined: the item is something else, or nobody knows whether it came from the channel. */
export function readRecorded(item: ListedItem): Recorded | undefined {
  if (item.direction !== 'in' || item.party !== 'channel' || item.receivedAt === undefined) {
    return undefined
  }
  const { body, isCut, isBinary, headers } = item.request
  if (isCut) return { kind: 'unusable', reason: 'its body was longer than what is kept' }
  if (isBinary || body === undefined) return { kind: 'unusable', reason: 'its body was no text' }
  if (item.method !== 'POLLED' && !item.pieces) {
    const query = URL.parse(item.address)?.searchParams ?? new URLSearchParams()
    return { kind: 'request', request: toRequest(Buffer.from(body), headers, query) }
  }
  const value = tryJson(body)
  if (value === undefined) return { kind: 'unusable', reason: 'it is no JSON any more' }
  return { kind: 'updates', updates: item.pieces && Array.isArray(value) ? value : [value] }
}

function tryJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** Had the webhook a body that wasn't kept? */
export function isWithoutBody({ direction, party, method, request, status }: ListedItem): boolean {
  const isWebhook = direction === 'in' && party === 'channel' && method === 'POST'
  return isWebhook && request.bytes === undefined && status !== undefined && status < 400
}

/** A request as the webhook would have got it. */
export function toRequest(
  body: Buffer,
  headers: Readonly<Record<string, string>>,
  query = new URLSearchParams(),
): RawRequest {
  const json = (): unknown => {
    try {
      return parseJson(body.toString('utf8'))
    } catch (cause) {
      throw new BadUpdateError('the body is not JSON', { cause })
    }
  }
  return { method: 'POST', query, headers, body, json }
}
