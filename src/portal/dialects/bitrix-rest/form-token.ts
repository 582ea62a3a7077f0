import { createHmac, randomBytes } from 'node:crypto'
import { isRecord } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'
import { isSameSecret } from '../../../core/secrets.ts'

/** What a form of the settings page may be used for. */
export interface FormGrant {
  readonly portalId: string
  /** Absent while it has to be chosen. */
  readonly connector?: string
  readonly line: string
  /** Each form is sent once. */
  readonly nonce: string
}

/** Below the quarter of an hour for which the hub remembers what was sent: until then none is taken twice. */
const LIFE_MS = 14 * 60_000

/**
 * Makes a form's own proof that it comes from a page of ours: the frame has no cookie, and the portal's tokens must not stand
 * in a page. The key is derived from the application's secret, which the portal's users don't have.
 */
export function signForm(
  portal: Portal,
  of: { readonly connector?: string; readonly line: string },
  now: number,
): string {
  const nonce = randomBytes(18).toString('base64url')
  const grant = { portalId: portal.id, ...of, nonce, until: now + LIFE_MS }
  const text = Buffer.from(JSON.stringify(grant)).toString('base64url')
  return `${text}.${signature(text, portal)}`
}

/** The portal that a token says it is from, to be asked for its key. */
export function claimedPortal(token: string): string {
  return readGrant(token)?.portalId ?? ''
}

/** Undefined for what is none of ours. `isLate`: it was, and nothing may be done by it any more. */
export function verifyForm(
  token: string,
  portal: Portal,
  now: number,
): (FormGrant & { readonly isLate: boolean }) | undefined {
  const [text = '', given = ''] = token.split('.', 2)
  if (!isSameSecret(given, signature(text, portal))) return undefined
  const grant = readGrant(token)
  return grant?.portalId === portal.id ? { ...grant, isLate: grant.until <= now } : undefined
}

function signature(text: string, { settings }: Portal): string {
  const key = createHmac('sha256', settings['clientSecret'] ?? '')
    .update('openlines-hub settings form')
    .digest()
  return createHmac('sha256', key).update(text).digest('base64url')
}

function readGrant(token: string): (FormGrant & { readonly until: number }) | undefined {
  if (token.length > 2000) return undefined
  const [text = ''] = token.split('.', 1)
  try {
    const grant: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (!isRecord(grant)) return undefined
    const { portalId, line, nonce, until } = grant
    const isWhole = [portalId, line, nonce].every((one) => typeof one === 'string')
    return isWhole && typeof until === 'number'
      ? (grant as unknown as FormGrant & { until: number })
      : undefined
  } catch {
    return undefined
  }
}
