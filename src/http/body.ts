import type { IncomingMessage } from 'node:http'
import { RefusedRequestError } from '../core/route.ts'

/** The most a request may hold (PROTOCOL §3), unless its channel is known to send more. */
const MAX_BODY_BYTES = 1024 * 1024

/**
 * A body up to this size is read to its end and thrown away before it is refused: a sender whose connection is closed
 * while it still writes sees a broken connection and never the answer.
 */
const MAX_DISCARDED_BYTES = 8 * MAX_BODY_BYTES

/** What a body has of the memory that all bodies share; `false`: there is no more for its sender. */
export type TakeBytes = (bytes: number) => boolean

/**
 * Reads a request's body as it came; `take` is asked for each piece. Throws RefusedRequestError `HUB_TOO_LARGE` beyond
 * `limitBytes`, `HUB_BODY_INCOMPLETE` when the sender breaks off, `HUB_LIMIT` when there is no room for it.
 */
export function readBody(
  request: IncomingMessage,
  take: TakeBytes,
  limitBytes = MAX_BODY_BYTES,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuse = (): void => reject(tooLarge(limitBytes))
    const breakOff = (): void =>
      reject(new RefusedRequestError('HUB_BODY_INCOMPLETE', 'the body ended early'))
    // Of a request that was torn down before somebody came to read it nothing is told any more.
    if (request.destroyed) return breakOff()
    const most = Math.max(2 * limitBytes, MAX_DISCARDED_BYTES)
    if (Number(request.headers['content-length']) > most) return refuse()
    let chunks: Buffer[] = []
    let size = 0
    let isCrowded = false
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limitBytes && !isCrowded && !take(chunk.length)) {
        isCrowded = true
        reject(crowded())
      }
      if (size <= limitBytes && !isCrowded) chunks.push(chunk)
      else chunks = []
      if (size > most) {
        request.pause()
        refuse()
      }
    })
    request.on('end', () => {
      // Every request closes after its end, and an error is made with its stack even where nobody gets it.
      request.off('close', breakOff)
      if (size > limitBytes) refuse()
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
    })
    request.on('close', breakOff)
    request.on('error', breakOff)
  })
}

function crowded(): RefusedRequestError {
  const message = 'too much of this sender waits to be read'
  return new RefusedRequestError('HUB_LIMIT', message, { retryAfterSeconds: 1 })
}

function tooLarge(limitBytes: number): RefusedRequestError {
  const isSmall = limitBytes < MAX_BODY_BYTES
  const limit = isSmall ? `${limitBytes / 1024} KiB` : `${limitBytes / MAX_BODY_BYTES} MiB`
  return new RefusedRequestError('HUB_TOO_LARGE', `the body is larger than ${limit}`)
}
