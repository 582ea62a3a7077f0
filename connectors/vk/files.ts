import type { CallContext } from '#core/connector.ts'
import { TransportError } from '#core/errors.ts'
import type { HttpClient } from '#core/http.ts'

/** A document's address redirects to the file itself, at times in two steps. */
const MAX_STEPS = 3

/**
 * The address at which a file's bytes are. For documents (`https://vk.com/doc55_2?…`) it is behind a redirect, and the
 * hub's file links follow none. Asks for one byte of it. Throws TransportError.
 */
export async function findFile(
  http: HttpClient,
  url: string,
  { signal }: CallContext,
): Promise<string> {
  let found = url
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = await redirectOf(http, found, signal)
    if (next === undefined) return found
    found = next
  }
  return found
}

async function redirectOf(
  http: HttpClient,
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const headers = { range: 'bytes=0-0' }
    const response = await http.request({ method: 'GET', url, headers, signal })
    const { location } = response.headers
    const isElsewhere = response.status >= 300 && response.status < 400 && location !== undefined
    return isElsewhere ? URL.parse(location, url)?.href : undefined
  } catch (error) {
    // A server that gives all of a large file instead of one byte is the right one.
    if (error instanceof TransportError && error.reason === 'HUB_BODY_TOO_LARGE') return undefined
    throw error
  }
}
