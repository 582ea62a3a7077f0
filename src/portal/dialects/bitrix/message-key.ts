/** The portal's own ids of an operator's message: it wants them back with whatever is reported of the message. */
export interface PortalMessage {
  /** Of the portal's chat, not the messenger's. */
  readonly chatId: number
  readonly messageId: number
}

/** In the place of the key by which the outbox knows the message again; both numbers are 64 bits at most. */
const KEY = /^bx\.([1-9]\d{0,15})\.([1-9]\d{0,15})$/

export function toMessageKey({ chatId, messageId }: PortalMessage): string {
  return `bx.${chatId}.${messageId}`
}

/** Undefined for a message that no operator of such a portal wrote: the portal has no ids of it. */
export function fromMessageKey(key: string | undefined): PortalMessage | undefined {
  const [, chatId, messageId] = KEY.exec(key ?? '') ?? []
  if (chatId === undefined || messageId === undefined) return undefined
  return { chatId: Number(chatId), messageId: Number(messageId) }
}
