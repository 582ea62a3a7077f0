import { jsonReply, type Route, type RouteReply } from '../core/route.ts'
import { readRange } from './answer.ts'
import type { FileStreamer } from './streamer.ts'

/** `GET` and `HEAD /files/<opaque>`. */
export function fileRoute(files: FileStreamer): Route {
  return {
    method: 'GET',
    path: '/files/:opaque',
    async answer({ method, params, headers, signal }): Promise<RouteReply> {
      const { range } = headers
      const answer = await files.open(params['opaque'] ?? '', {
        isHead: method === 'HEAD',
        range: readRange(Array.isArray(range) ? range[0] : range),
        signal,
      })
      if ('code' in answer) {
        const { status, code, message } = answer
        const refusal = jsonReply(status, { error: { code, message } })
        return { ...refusal, headers: { ...refusal.headers, ...answer.headers } }
      }
      const { pipe = end } = answer
      return { status: answer.status, headers: answer.headers, body: pipe }
    },
  }
}

/** A HEAD's answer has a file's headers, its length among them, and no body. */
async function end(to: { end(): unknown }): Promise<void> {
  to.end()
}
