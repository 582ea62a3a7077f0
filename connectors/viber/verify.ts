import type { Verification } from '#core/connector.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import { readJsonObject } from '#kit/json-answer.ts'
import { verifyHmac } from '#kit/verify-secret.ts'
import type { ViberSettings } from './settings.ts'

/** `x-viber-content-signature`: HMAC-SHA256 of the raw body under the token, in hex. */
export function verifyUpdate(
  { headers, body }: RawRequest,
  { settings }: { readonly settings: ViberSettings },
): Verification {
  return verifyHmac(headers['x-viber-content-signature'], settings.authToken, body)
}

/** A check of the webhook is a short callback; nothing longer is looked into. */
const LONGEST_CHECK = 1024
const OK: HttpReply = { status: 200, body: '' }

/**
 * Answers `{"event":"webhook"}`, with which Viber tries an address while `set_webhook` runs: the line isn't connected
 * then. It is signed like every callback.
 */
export function shakeHands(
  request: RawRequest,
  line: { readonly settings: ViberSettings },
): HttpReply | undefined {
  const { method, body } = request
  if (method !== 'POST' || body.length > LONGEST_CHECK || !body.includes('"webhook"')) {
    return undefined
  }
  const isCheck = readJsonObject(body)?.['event'] === 'webhook'
  return isCheck && verifyUpdate(request, line).ok ? OK : undefined
}
