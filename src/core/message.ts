import type { ContactCard, FileKind, GeoPoint } from './event.ts'
import type { RichText } from './rich-text.ts'

/** A message on its way from a portal to a channel (PROTOCOL §7, "Outgoing message"). */
export interface OutboundMessage {
  readonly text?: RichText
  readonly files?: readonly OutboundFile[]
  readonly replyTo?: { readonly id: string }
  /** Rows of buttons. */
  readonly buttons?: readonly (readonly Button[])[]
  readonly location?: GeoPoint
  readonly contact?: ContactCard
}

export interface OutboundFile {
  readonly url: string
  readonly name?: string
  readonly kind?: FileKind
  /** Its address may lead to others, each of which is checked as the first. */
  readonly mayRedirect?: true
}

/** `url` opens a page, `payload` comes back as a `button` event; a button with neither answers with its text. */
export interface Button {
  readonly text: string
  readonly url?: string
  readonly payload?: string
}

/** What a channel answered to a message it took: its own ids, in the order of the parts. */
export interface Receipt {
  readonly messageIds: readonly string[]
}
