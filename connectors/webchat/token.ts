import { createHmac, randomBytes } from 'node:crypto'
import type { Line } from '#core/line.ts'
import { isSameSecret } from '#core/secrets.ts'

/**
 * What a visitor's browser shows to be this visitor. Nothing of it is stored: the token holds who it is and until when, under a
 * key that only this line has. A line that was disconnected gets another key, and nobody comes back into its chats.
 */

const LIFE_S = 90 * 24 * 3600
const MAC_LENGTH = 22

type Keyed = Pick<Line, 'id' | 'webhookSecret'>

/** A visitor's id, which is the chat's as well. It proves itself, so that nothing is sent to a chat that never was. */
export function makeVisitor(line: Keyed): string {
  const random = randomBytes(12).toString('hex')
  return `v${random}${macOf(line, `visitor ${random}`).slice(0, 8)}`
}

export function isVisitor(line: Keyed, id: string): boolean {
  const [, random = '', mac = ''] = /^v([0-9a-f]{24})([\w-]{8})$/.exec(id) ?? []
  return random !== '' && isSameSecret(mac, macOf(line, `visitor ${random}`).slice(0, 8))
}

export function makeToken(line: Keyed, visitor: string, now: number): string {
  const body = `${visitor}.${(Math.floor(now / 1000) + LIFE_S).toString(36)}`
  return `${body}.${macOf(line, `token ${body}`)}`
}

/** Whose token it is; undefined if it isn't this line's, or has run out. */
export function readToken(line: Keyed, token: string, now: number): string | undefined {
  const [, visitor = '', until = '', mac = ''] =
    /^([\w-]{33})\.([0-9a-z]{1,9})\.([\w-]{22})$/.exec(token) ?? []
  if (visitor === '' || !isSameSecret(mac, macOf(line, `token ${visitor}.${until}`))) {
    return undefined
  }
  return Number.parseInt(until, 36) * 1000 > now ? visitor : undefined
}

/** A proof that the hub itself has written this down for the visitor. */
export function sealOf(line: Keyed, visitor: string, text: string): string {
  return macOf(line, `seal ${visitor} ${text}`)
}

function macOf({ id, webhookSecret }: Keyed, text: string): string {
  const key = `openlines-hub webchat ${webhookSecret}`
  return createHmac('sha256', key).update(`${id} ${text}`).digest('base64url').slice(0, MAC_LENGTH)
}

/** The token of a request: in its header, its address, or in the body where a page that is being closed can set no header. */
export function tokenIn(request: {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly query: URLSearchParams
  readonly body?: Buffer
}): string {
  const bearer = /^Bearer +(\S+)$/i.exec(String(request.headers['authorization'] ?? ''))?.[1]
  const asked = bearer ?? request.query.get('token')
  if (asked) return asked
  // Within a text the quotes would be escaped, so this is a field and nobody's words.
  return /"token"\s*:\s*"([\w.-]{1,200})"/.exec(request.body?.toString('latin1') ?? '')?.[1] ?? ''
}
