import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Verification } from '#core/connector.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import { isSameSecret } from '#core/secrets.ts'

/**
 * `X-Hub-Signature-256` is an HMAC of the body as it came: Meta escapes characters beyond ASCII in what it signs, so the
 * bytes count. https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
 */
export function verifySignature(request: RawRequest, appSecret: string): Verification {
  const given = request.headers['x-hub-signature-256']
  if (given === undefined || given === '') return { ok: false, reason: 'no signature' }
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(given)?.[1]
  if (hex === undefined) return { ok: false, reason: 'a malformed signature' }
  if (appSecret === '') return { ok: false, reason: 'the line has no app secret' }
  const expected = createHmac('sha256', appSecret).update(request.body).digest()
  const isEqual = timingSafeEqual(Buffer.from(hex, 'hex'), expected)
  return isEqual ? { ok: true } : { ok: false, reason: 'wrong signature' }
}

/** A challenge is a number of Meta's; whatever else comes is not reflected at any length. */
const MAX_CHALLENGE = 256

/** `hub.challenge` is echoed to whoever knows the verify token, 403 to everyone else. Undefined when it is no handshake. */
export function answerHandshake(request: RawRequest, verifyToken: string): HttpReply | undefined {
  const { method, query } = request
  if (method !== 'GET' || query.get('hub.mode') === null) return undefined
  const token = query.get('hub.verify_token') ?? ''
  const isKnown = verifyToken !== '' && isSameSecret(token, verifyToken)
  if (query.get('hub.mode') !== 'subscribe' || !isKnown) {
    return { status: 403, body: 'the verify token is not the one in the settings' }
  }
  return { status: 200, body: (query.get('hub.challenge') ?? '').slice(0, MAX_CHALLENGE) }
}
