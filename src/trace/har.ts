import type { ListedItem } from './operations.ts'

/** What the headers of HAR 1.2 and its other names and values look like. */
interface Pair {
  readonly name: string
  readonly value: string
}

const UNKNOWN = -1
const NO_TYPE = 'application/octet-stream'
const HTTP = 'HTTP/1.1'

/** What stands in an archive before its entries, and behind them, with commas between these. */
export const HAR_FRAME = {
  head: `{"log":{"version":"1.2","creator":{"name":"Openlines Hub","version":"1"},"pages":[],"entries":[\n`,
  tail: '\n]}}\n',
} as const

/** Has an exchange a place in an archive? An update that a poll has brought stands in the poll's answer already. */
export function isInHar({ method }: ListedItem): boolean {
  return method !== 'POLLED'
}

/** One exchange as an entry of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), for the tools of browsers. */
export function toHarEntry(item: ListedItem): object {
  const { at, ms, direction, party, method, address, error, id } = item
  return {
    startedDateTime: at,
    time: ms,
    request: {
      method,
      url: address,
      httpVersion: HTTP,
      cookies: [],
      headers: pairsOf(item.request.headers),
      queryString: queryOf(address),
      ...postDataOf(item),
      headersSize: UNKNOWN,
      bodySize: item.request.bytes ?? UNKNOWN,
    },
    response: responseOf(item),
    cache: {},
    timings: { send: 0, wait: ms, receive: 0 },
    comment: `${direction === 'in' ? 'from' : 'to'} the ${party}${error === undefined ? '' : `: ${error}`}`,
    _id: id,
    _direction: direction,
    _party: party,
    ...(error === undefined ? {} : { _error: error }),
  }
}

function responseOf({ status, error, response }: ListedItem): object {
  const { headers, body, bytes, isBinary } = response
  return {
    // What browsers write for a request without an answer.
    status: status ?? 0,
    statusText: error ?? '',
    httpVersion: HTTP,
    cookies: [],
    headers: pairsOf(headers),
    content: {
      size: bytes ?? 0,
      mimeType: headers['content-type'] ?? NO_TYPE,
      ...(body === undefined ? {} : { text: body }),
      ...(isBinary ? { comment: 'no text, and not kept' } : {}),
    },
    redirectURL: headers['location'] ?? '',
    headersSize: UNKNOWN,
    bodySize: bytes ?? UNKNOWN,
  }
}

function postDataOf({ request }: ListedItem): object {
  const { headers, body, isBinary } = request
  if (body === undefined && !isBinary) return {}
  return {
    postData: {
      mimeType: headers['content-type'] ?? NO_TYPE,
      params: [],
      text: body ?? '',
      ...(isBinary ? { comment: 'no text, and not kept' } : {}),
    },
  }
}

function pairsOf(headers: Readonly<Record<string, string>>): Pair[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }))
}

function queryOf(address: string): Pair[] {
  const url = URL.parse(address)
  return url ? [...url.searchParams].map(([name, value]) => ({ name, value })) : []
}
