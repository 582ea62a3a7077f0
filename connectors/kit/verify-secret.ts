import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Verification } from '#core/connector.ts'
import { isSameSecret } from '#core/secrets.ts'

/** For channels that send a secret of ours back. `what` names it in the reason: `secret token`. In constant time. */
export function verifySecret(sent: string | undefined, secret: string, what: string): Verification {
  if (!sent) return { ok: false, reason: `no ${what}` }
  return isSameSecret(sent, secret) ? { ok: true } : { ok: false, reason: `wrong ${what}` }
}

/**
 * For channels that sign: is `hex` the HMAC-SHA256 of the bytes under the key? An empty key proves nothing and is refused.
 * In constant time.
 */
export function verifyHmac(
  hex: string | undefined,
  key: string,
  ...signed: readonly (Buffer | string)[]
): Verification {
  if (!hex) return { ok: false, reason: 'no signature' }
  if (!/^[0-9a-f]{64}$/i.test(hex)) return { ok: false, reason: 'a malformed signature' }
  if (key === '') return { ok: false, reason: 'the line has no key for signatures' }
  const hmac = createHmac('sha256', key)
  for (const piece of signed) hmac.update(piece)
  const isEqual = timingSafeEqual(Buffer.from(hex, 'hex'), hmac.digest())
  return isEqual ? { ok: true } : { ok: false, reason: 'wrong signature' }
}
