import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface HttpSend {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Sends the body in pieces, without `content-length`. */
  readonly isChunked?: boolean
}

const PIECE_BYTES = 64 * 1024

/** One request on a socket of its own, with control over method, headers and how the body is framed. */
export async function send(url: string, options: HttpSend = {}): Promise<HttpAnswer> {
  const { method = 'POST', headers, isChunked } = options
  const body = Buffer.from(options.body ?? '')
  const outgoing = request(url, {
    method,
    agent: false,
    headers: { ...headers, ...(isChunked ? {} : { 'content-length': body.length }) },
  })
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  if (isChunked) {
    for (let from = 0; from < body.length; from += PIECE_BYTES) {
      outgoing.write(body.subarray(from, from + PIECE_BYTES))
    }
    outgoing.end()
  } else {
    outgoing.end(body)
  }
  const [response] = await answered
  const text = Buffer.concat(await response.toArray()).toString('utf8')
  return { status: response.statusCode ?? 0, headers: response.headers, body: text }
}
