import { hash } from 'node:crypto'

const PREFIX = 'hub_'
/**
 * The portal names a dialog by `connector|line|chat|user` in 255 characters. Connector and line take up to 85 of them; what
 * is longer than these goes by a digest.
 */
const MAX_CHAT = 100
const MAX_USER = 60
/** No id of a channel begins so. */
const ALIAS = 'hub~'

/** The portal's id of a connector: it must hold no dot. */
export function toPortalConnector(connector: string): string {
  return PREFIX + connector.replaceAll('.', '_')
}

/** The connector that a portal names; undefined for one that isn't ours. */
export function fromPortalConnector(id: string): string | undefined {
  return id.toLowerCase().startsWith(PREFIX) ? id.toLowerCase().slice(PREFIX.length) : undefined
}

/** A chat's id as the portal can keep it: the portal splits at `|`. */
export function toPortalChat(id: string): string {
  const plain = id.replaceAll('%', '%25').replaceAll('|', '%7C')
  return plain.length <= MAX_CHAT ? plain : toAlias(id)
}

/** The chat that a portal names; an alias is looked up by whoever remembers it. */
export function fromPortalChat(id: string): string {
  return id.replaceAll(/%7C/gi, '|').replaceAll('%25', '%')
}

export function isAlias(portalChat: string): boolean {
  return portalChat.startsWith(ALIAS)
}

/** The portal never names a person to us, so this need not be undone. */
export function toPortalUser(id: string): string {
  const plain = id.replaceAll('|', '_')
  return plain === id && id.length <= MAX_USER ? id : toAlias(id)
}

function toAlias(id: string): string {
  return ALIAS + hash('sha256', id, 'base64url').slice(0, 32)
}

/** An operator's message as the portal knows it. */
export interface ImIds {
  readonly chatId: string
  readonly messageId: string
}

const KEY = /^b24:(send|edit|delete):(\d{1,18}):(\d{1,18})(?::|$)/

/**
 * The key under which an operator's message goes into the outbox: the same event again is not sent twice, and the statuses
 * of the message bring the portal's own ids back.
 */
export function toKey(kind: 'send' | 'edit' | 'delete', ids: ImIds, of = ''): string {
  const digest = of === '' ? '' : `:${hash('sha256', of, 'base64url').slice(0, 22)}`
  return `b24:${kind}:${ids.chatId}:${ids.messageId}${digest}`
}

export function fromKey(
  key: string | undefined,
): (ImIds & { readonly kind: 'send' | 'edit' | 'delete' }) | undefined {
  const [, kind, chatId, messageId] = KEY.exec(key ?? '') ?? []
  if ((kind !== 'send' && kind !== 'edit' && kind !== 'delete') || !chatId || !messageId) {
    return undefined
  }
  return { kind, chatId, messageId }
}
