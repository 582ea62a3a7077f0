import type { AccountLinks, Capabilities } from '#core/connector.ts'
import type { Chat, Person } from '#core/event.ts'
import type { RichText } from '#core/rich-text.ts'
import type { MetaKeys, MetaSettings } from './settings.ts'

/** In what Messenger and Instagram differ. */
export interface MessagingTraits {
  readonly title: string
  /** The webhook's `object`. */
  readonly object: 'page' | 'instagram'
  readonly keys: MetaKeys
  /** Where people find the account. */
  links(account: { readonly identity: string; readonly name?: string }): AccountLinks
  readonly textLimit: number
  readonly textUnit: 'utf16' | 'utf8'
  /** Typed smileys become emoji where the channel draws them. */
  readText(text: string): RichText
  readonly statuses: Capabilities['statuses']
  /** Endings of the files that the Send API takes beside pictures, videos and sounds; `any`: of whatever kind. */
  readonly documents: 'any' | readonly string[]
  /** Does the Send API take `metadata`, which comes back in the echo? */
  readonly hasMetadata: boolean
  readonly hasMessagingType: boolean
  /** A template with buttons that open addresses. */
  readonly hasUrlButtons: boolean
  readonly profileFields: string
  /** The node whose webhook subscription is set. */
  subscriptionNode(account: string): string
  /** What the app, and what the account is subscribed to. */
  readonly appFields: readonly string[]
  readonly accountFields: readonly string[]
  /** The permission without which nothing is sent or comes. */
  readonly permission: string
}

/** What every reader of an item of a webhook gets besides it. */
export interface ItemContext {
  readonly lineId: number
  readonly settings: MetaSettings
  readonly traits: MessagingTraits
  readonly at: number
  /** The person's id is the chat's, whoever of both wrote. */
  readonly chat: Chat
  readonly user: Person
}
