import type { IncomingMessage } from 'node:http'

/** The most a request may hold (PROTOCOL §3), unless its channel is known to send more. */
export const MAX_BODY_BYTES = 1024 * 1024

export class BodyTooLargeError extends Error {
  override name = 'BodyTooLargeError'
  readonly code = 'HUB_TOO_LARGE'
}

/** The sender broke off before its request was whole. */
export class BodyIncompleteError extends Error {
  override name = 'BodyIncompleteError'
  readonly code = 'HUB_BODY_INCOMPLETE'
}

/**
 * A body up to this size is read to its end and thrown away before it is refused: a sender whose connection is closed
 * while it still writes sees a broken connection and never the answer.
 */
const MAX_DISCARDED_BYTES = 8 * MAX_BODY_BYTES

/** Reads a request's body as it came. Throws BodyTooLargeError beyond `limit` bytes, BodyIncompleteError when it ends early. */
export function readBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuse = (): void => reject(new BodyTooLargeError(`over ${limit} bytes`))
    if (Number(request.headers['content-length']) > MAX_DISCARDED_BYTES) return refuse()
    let chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else chunks = []
      if (size > MAX_DISCARDED_BYTES) {
        request.pause()
        refuse()
      }
    })
    request.on('end', () => (size > limit ? refuse() : resolve(Buffer.concat(chunks))))
    request.on('close', () => {
      if (!request.complete) reject(new BodyIncompleteError('the sender broke off'))
    })
    request.on('error', () => reject(new BodyIncompleteError('the sender broke off')))
  })
}
