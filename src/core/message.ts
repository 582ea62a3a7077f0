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
  /** Sent instead of all the others, by channels with `capabilities.templates`; the others refuse it. */
  readonly template?: ChannelTemplate
}

/** A message whose words the channel has approved beforehand: what alone goes out of an answer window. */
export interface ChannelTemplate {
  readonly name: string
  /** A code, such as `en_US`. */
  readonly language: string
  /** For channels that have such a thing. */
  readonly namespace?: string
  /** Those of `body` in the template's order; one file and one `button_url` at most. */
  readonly parameters?: readonly TemplateParameter[]
  /** Instead of `parameters`, in the channel's own form. */
  readonly components?: readonly object[]
}

export interface TemplateParameter {
  readonly type: 'image' | 'document' | 'video' | 'body' | 'button_url'
  readonly value: string
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
