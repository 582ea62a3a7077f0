import { createHmac } from 'node:crypto'
import { isSameSecret } from '../../../src/core/secrets.ts'

export const SIGNATURE_HEADER = 'x-acme-sign'

/** Hex of HMAC-SHA1 over the form as it is sent. */
export function sign(form: string, apiKey: string): string {
  return createHmac('sha1', apiKey).update(form).digest('hex')
}

export function isSigned(form: string, signature: unknown, apiKey: string): boolean {
  return typeof signature === 'string' && isSameSecret(signature, sign(form, apiKey))
}
