import { hash, timingSafeEqual } from 'node:crypto'

/** In constant time; digests have equal lengths, so that the comparison doesn't reveal the secret's. */
export function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret))
}

function digest(value: string): Buffer {
  return hash('sha256', value, 'buffer')
}
