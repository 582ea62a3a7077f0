import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Verification } from '#core/connector.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { ViberSettings } from './settings.ts'

/** `x-viber-content-signature`: HMAC-SHA256 of the raw body under the token, in hex. */
export function verifySignature(
  request: RawRequest,
  { settings }: { readonly settings: ViberSettings },
): Verification {
  const given = request.headers['x-viber-content-signature']
  if (!given) return { ok: false, reason: 'no signature' }
  const signature = createHmac('sha256', settings.authToken).update(request.body).digest()
  const bytes = /^[0-9a-f]{64}$/i.test(given) ? Buffer.from(given, 'hex') : undefined
  const isEqual = bytes !== undefined && timingSafeEqual(bytes, signature)
  return isEqual ? { ok: true } : { ok: false, reason: 'wrong signature' }
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
  return isCheck(body) && verifySignature(request, line).ok ? OK : undefined
}

function isCheck(body: Buffer): boolean {
  try {
    const callback: unknown = JSON.parse(body.toString('utf8'))
    return isRecord(callback) && callback['event'] === 'webhook'
  } catch {
    return false
  }
}
