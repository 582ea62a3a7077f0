import { randomBytes } from 'node:crypto'

/** How long a replaced secret stays valid (PROTOCOL §2). */
export const OLD_SECRET_LIFE_MS = 24 * 3600 * 1000

/** A portal's secret: `whsec_` and base64 of 32 random bytes. */
export function makePortalSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}
