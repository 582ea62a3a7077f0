import { createHmac } from 'node:crypto'
import type { DoorRequestHead } from '../../../core/dialect.ts'
import type { Portal } from '../../../core/portal.ts'
import { isSameSecret } from '../../../core/secrets.ts'

export const HOOK_PATH = '/chatwoot/:portalId/:lineId'

const TOLERANCE_MS = 300_000
const TOKEN_LENGTH = 32

/**
 * Where Chatwoot posts what happens in a line's inbox. The token in it shows that it was given out by the hub, since versions
 * before 4.13 sign nothing.
 */
export function hookUrl(portal: Portal, lineId: number, publicUrl: string): string {
  const token = tokenOf(portal.secrets[0] ?? '', hookPath(portal.id, lineId))
  return `${publicUrl}${hookPath(portal.id, lineId)}?token=${token}`
}

/** By which an inbox is recognized as a line's, whatever the hub's public address was when it was made. */
export function hookPath(portalId: string, lineId: number): string {
  return `/chatwoot/${portalId}/${lineId}`
}

/** Is the token one that the hub has given out for this line? One made with a secret that is being replaced is good, too. */
export function hasHookToken(portal: Portal, { params, query }: DoorRequestHead): boolean {
  const path = hookPath(portal.id, Number(params['lineId']))
  const token = query.get('token') ?? ''
  // All of them, so that it takes the same time whichever it is.
  return portal.secrets.map((secret) => isSameSecret(token, tokenOf(secret, path))).includes(true)
}

export function tokenOf(secret: string, of: string): string {
  const mac = createHmac('sha256', secret).update(`chatwoot ${of}`).digest('base64url')
  return mac.slice(0, TOKEN_LENGTH)
}

export interface SignedHook {
  readonly headers: DoorRequestHead['headers']
  readonly body: Buffer
  readonly secret: string
  readonly now: number
}

/** Why a call isn't signed with the inbox's secret; undefined if it is. */
export function signatureFault({ headers, body, secret, now }: SignedHook): string | undefined {
  const signature = headers['x-chatwoot-signature']
  const timestamp = headers['x-chatwoot-timestamp']
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return 'no signature'
  if (!/^\d{1,12}$/.test(timestamp)) return 'no timestamp'
  if (Math.abs(now - Number(timestamp) * 1000) > TOLERANCE_MS) return 'old timestamp'
  const mac = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
  return isSameSecret(signature, `sha256=${mac}`) ? undefined : 'wrong signature'
}
