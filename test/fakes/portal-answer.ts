import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** How a portal answers one packet. Absent parts: 200, empty body, at once. */
export interface Answer {
  readonly status?: number
  /** An object is sent as JSON, text as it is. */
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds before anything is answered. */
  readonly delayMs?: number
  /** A 302 (or `status`) to there. */
  readonly redirect?: string
  /**
   * `silence`: no answer ever. `reset`: the connection is torn down. `garbage`: bytes that aren't HTTP. `half`: headers
   * and half of the body, then the connection is torn down.
   */
  readonly fault?: 'silence' | 'reset' | 'garbage' | 'half'
}

/** Carries an answer out; resolves once all of it was written, or the connection is gone. */
export async function carryOut(answer: Answer, response: ServerResponse): Promise<void> {
  if (answer.delayMs !== undefined) await delay(answer.delayMs)
  const body = typeof answer.body === 'object' ? JSON.stringify(answer.body) : (answer.body ?? '')
  const { socket } = response
  switch (answer.fault) {
    case 'silence':
      return
    case 'reset':
      socket?.resetAndDestroy()
      return
    case 'garbage':
      socket?.end('\u0000this is not HTTP\r\n\r\n')
      return
    case 'half': {
      const length = Math.max(2, Buffer.byteLength(body))
      response.writeHead(answer.status ?? 200, { 'content-length': length })
      response.write(body.slice(0, Math.floor(body.length / 2)) || '{', () => socket?.destroy())
      return
    }
    default:
      response.writeHead(answer.status ?? (answer.redirect ? 302 : 200), {
        ...(typeof answer.body === 'object' && { 'content-type': 'application/json' }),
        ...(answer.redirect !== undefined && { location: answer.redirect }),
        ...answer.headers,
      })
      response.end(body)
  }
}

/** The ids of the sent events that such an answer accepts, by PROTOCOL §5. */
export function acceptedBy(answer: Answer, sent: readonly string[]): readonly string[] {
  const status = answer.status ?? (answer.redirect ? 302 : 200)
  if (answer.fault || status < 200 || status > 299) return []
  const body = asObject(answer.body)
  if (status === 202 && body['ack'] === 'later') return []
  if (!('accepted' in body) && !('rejected' in body)) return sent
  const accepted = Array.isArray(body['accepted']) ? body['accepted'] : []
  return sent.filter((id) => accepted.includes(id))
}

function asObject(body: object | string | undefined): Record<string, unknown> {
  if (typeof body !== 'string') return { ...body }
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' ? { ...parsed } : {}
  } catch {
    return {}
  }
}
