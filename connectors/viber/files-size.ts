import type { CallContext } from '#core/connector.ts'
import { TransportError } from '#core/errors.ts'
import type { HttpClient } from '#core/http.ts'

/** The chat waits while a file's own server is slow to say its size. */
const TIMEOUT_MS = 5000

/**
 * The size in bytes of the file at this address, which Viber wants to be told with videos and files. Asks for its first
 * byte: the answer's `content-range` names the whole. Undefined where the server doesn't say. Throws TransportError only
 * when `signal` aborts.
 */
export async function sizeOf(
  http: HttpClient,
  url: string,
  { signal }: CallContext,
): Promise<number | undefined> {
  try {
    const { status, headers } = await http.request({
      method: 'GET',
      url,
      headers: { range: 'bytes=0-0' },
      timeoutMs: TIMEOUT_MS,
      signal,
    })
    if (status === 206) return toSize(/\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1])
    return status === 200 ? toSize(headers['content-length']) : undefined
  } catch (error) {
    if (signal.aborted || !(error instanceof TransportError)) throw error
    return undefined
  }
}

function toSize(digits: string | undefined): number | undefined {
  const size = Number(digits)
  return digits !== undefined && Number.isSafeInteger(size) && size > 0 ? size : undefined
}
