/** The portal's own ids of an operator's message: it wants them back with whatever is reported of the message. */
export interface PortalMessage {
  /** Of the portal's chat, not the messenger's. */
  readonly chatId: number
  readonly messageId: number
}

/** A change of a message, told from others of the same message by its digest. */
export interface MessageChange {
  readonly kind: 'update' | 'delete'
  /** `[A-Za-z0-9_-]` */
  readonly digest: string
}

/** In the place of the key by which the outbox knows the message again; the numbers are exact in JavaScript. */
const KEY = /^bx\.([1-9]\d{0,15})\.([1-9]\d{0,15})(?:\.(update|delete)\.[\w-]+)?$/

export function toMessageKey({
  chatId,
  messageId,
  change,
}: PortalMessage & { readonly change?: MessageChange }): string {
  const key = `bx.${chatId}.${messageId}`
  return change ? `${key}.${change.kind}.${change.digest}` : key
}

/** Undefined for a message that no operator of such a portal wrote: the portal has no ids of it. */
export function fromMessageKey(
  key: string | undefined,
): (PortalMessage & { readonly change?: MessageChange['kind'] }) | undefined {
  const [, chatId, messageId, change] = KEY.exec(key ?? '') ?? []
  if (chatId === undefined || messageId === undefined) return undefined
  const message = { chatId: Number(chatId), messageId: Number(messageId) }
  return change === 'update' || change === 'delete' ? { ...message, change } : message
}
