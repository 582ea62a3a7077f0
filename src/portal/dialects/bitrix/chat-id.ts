import { hash } from 'node:crypto'

/**
 * The portal names a dialog `connector|line|chat|user` and cuts the name up at its strokes, so no id may hold one; and
 * the whole name has 255 characters, while some channels' ids have more than a hundred. `~` marks what was replaced, itself
 * included. Most ids are left as they are.
 */
const MAX_ID = 100
const MAX_DIALOG_NAME = 255
const SHORTENED = /^~h[A-Za-z0-9_-]{22}$/

/** A digest stands for an id that is too long: it comes back only where somebody has kept it (chat-book.ts). */
export function toPortalId(id: string): string {
  const escaped = id.replaceAll('~', '~0').replaceAll('|', '~1')
  return escaped.length > MAX_ID ? `~h${hash('sha256', id, 'base64url').slice(0, 22)}` : escaped
}

/** Undefined for a digest. */
export function fromPortalId(id: string): string | undefined {
  return isShortened(id) ? undefined : id.replaceAll('~1', '|').replaceAll('~0', '~')
}

export function isShortened(portalId: string): boolean {
  return SHORTENED.test(portalId)
}

/** Does the portal have room for a dialog of this name? */
export function fitsDialogName(...parts: readonly string[]): boolean {
  return parts.join('|').length <= MAX_DIALOG_NAME
}
