import type { RichText } from './rich-text.ts'

/**
 * Normalised events (PROTOCOL §7) as connectors produce them. Instants are epoch milliseconds and text is a tree; the
 * hub renders both for the portal. An absent field means "the channel didn't say": never null, never an empty string.
 */
export interface Person {
  readonly id: string
  readonly name?: string
  readonly lastName?: string
  readonly username?: string
  readonly url?: string
  readonly picture?: FileSource
  readonly sex?: 'male' | 'female'
  readonly email?: string
  readonly phone?: string
  readonly language?: string
}

export interface Chat {
  readonly id: string
  readonly name?: string
  readonly url?: string
  readonly kind?: 'private' | 'group' | 'channel'
  /** The thread of a chat that this conversation is; `id` of the chat names both, so that answers go into it. */
  readonly thread?: { readonly id: string; readonly name?: string }
}

export type FileKind = 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker'

/**
 * Where a file can be had. `url` is safe to hand to a portal as it is; `ref` needs the channel's credentials (or would
 * show them): the hub turns it into a signed link of its own and asks the connector's `locateFile` when that is opened.
 */
export type FileSource = { readonly url: string } | { readonly ref: string }

export interface InboundFile {
  readonly source: FileSource
  readonly kind: FileKind
  readonly name?: string
  readonly mime?: string
  /** Bytes. */
  readonly size?: number
  readonly expiresAt?: number
}

export interface GeoPoint {
  readonly latitude: number
  readonly longitude: number
  readonly title?: string
  readonly address?: string
}

export interface ContactCard {
  readonly name?: string
  readonly phone?: string
}

export interface InboundMessage {
  readonly id: string
  readonly sentAt?: number
  readonly text?: RichText
  readonly files?: readonly InboundFile[]
  readonly replyTo?: { readonly id: string; readonly text?: RichText }
  readonly location?: GeoPoint
  readonly contact?: ContactCard
  readonly forwarded?: true
  /** Written by a person of the company in the channel's own inbox. */
  readonly outgoing?: true
}

interface InChat {
  readonly at: number
  readonly user?: Person
  readonly chat: Chat
}

export type OutboundStatus = 'sent' | 'delivered' | 'read' | 'failed' | 'noAccount'

/** One part of a message of the hub's. */
export interface PartReference {
  /** The hub's `out_…` id. */
  readonly out: string
  /** 1-based. */
  readonly part: number
}

export interface MessageStatusEvent {
  readonly type: 'message.status'
  readonly at: number
  readonly chat: Chat
  readonly status: OutboundStatus
  /** The channel's ids of the message; empty when it never got one. */
  readonly messageIds: readonly string[]
  /**
   * Instead of ids: the status holds for everything that was sent to the chat until then. It becomes an event for each
   * message of the hub's own whose state it changes.
   */
  readonly watermark?: number
  /** What the hub had attached to the message and the channel hands back: names the message before its ids are known. */
  readonly reference?: PartReference
  /** The hub's `out_…` id when the message was sent through the hub. */
  readonly out?: string
  readonly key?: string
  readonly uncertain?: true
  readonly error?: { readonly code: string; readonly message: string }
}

export type InboundEvent =
  | (InChat & {
      readonly type: 'message.new' | 'message.updated'
      readonly message: InboundMessage
    })
  | (InChat & { readonly type: 'message.deleted'; readonly message: { readonly id: string } })
  | MessageStatusEvent
  | (InChat & {
      readonly type: 'reaction'
      readonly message: { readonly id: string }
      /** Unicode emoji, or the channel's own name of the reaction. */
      readonly added: readonly string[]
      readonly removed: readonly string[]
    })
  | (InChat & {
      readonly type: 'button'
      readonly payload: string
      readonly text?: string
      readonly message?: { readonly id: string }
    })
  | (InChat & {
      readonly type: 'chat.started' | 'chat.blocked' | 'chat.unblocked'
      /** The deep link's parameter. */
      readonly ref?: string
    })
  | (InChat & { readonly type: 'chat.read' | 'chat.typing' })
  | {
      readonly type: 'unsupported'
      readonly at: number
      readonly user?: Person
      readonly chat?: Chat
      /** The channel's own name of the update. */
      readonly kind: string
      readonly message?: { readonly id: string }
    }
