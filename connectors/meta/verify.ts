import type { Verification } from '#core/connector.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import { isSameSecret } from '#core/secrets.ts'
import { verifyHmac } from '#kit/verify-secret.ts'

/**
 * `X-Hub-Signature-256` is an HMAC of the body as it came: Meta escapes characters beyond ASCII in what it signs, so the
 * bytes count. https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
 */
export function verifySignature({ headers, body }: RawRequest, appSecret: string): Verification {
  const header = headers['x-hub-signature-256']
  if (header && !/^sha256=/i.test(header)) return { ok: false, reason: 'a malformed signature' }
  return verifyHmac(header?.slice('sha256='.length), appSecret, body)
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
