import { z } from 'zod'
import { amount, maybe, readable, words } from '#kit/loose.ts'
import type { WrittenText } from './outbound-text.ts'

/**
 * The Bot Framework's shapes, as far as the hub reads them. Source: Activity spec 3.1.12 and the connector's swagger
 * (microsoft/botframework-sdk). Only the type is asked for: a field that is null, odd or missing must never cost a message.
 */
const accountSchema = z.looseObject({ id: words, name: words })
const account = maybe(accountSchema)

export const attachmentSchema = z.looseObject({
  contentType: words,
  contentUrl: words,
  name: words,
  content: z.unknown().optional(),
})

const reactions = maybe(z.array(z.unknown()))

export const activitySchema = z.looseObject({
  type: z.string().min(1),
  id: words,
  timestamp: words,
  channelId: words,
  serviceUrl: words,
  from: account,
  recipient: account,
  conversation: maybe(
    z.looseObject({
      id: words,
      name: words,
      topic: words,
      isGroup: maybe(z.boolean()),
      conversationType: words,
      tenantId: words,
    }),
  ),
  replyToId: words,
  locale: words,
  text: words,
  textFormat: words,
  action: words,
  name: words,
  value: z.unknown().optional(),
  attachments: maybe(readable(attachmentSchema)),
  entities: maybe(z.array(z.unknown())),
  membersAdded: maybe(readable(accountSchema)),
  reactionsAdded: reactions,
  reactionsRemoved: reactions,
  channelData: z.unknown().optional(),
})

export type Activity = z.infer<typeof activitySchema>
export type Account = z.infer<typeof accountSchema>
export type Attachment = z.infer<typeof attachmentSchema>

const coordinates = { latitude: amount, longitude: amount }

/** The entities that tell a place; their type is spelt in either case. */
export const placeSchema = z.object({
  type: z.string().regex(/^place$/i),
  geo: z.object(coordinates),
  name: words,
  address: words,
})
export const pointSchema = z.object({
  type: z.string().regex(/^geocoordinates$/i),
  ...coordinates,
  name: words,
  address: words,
})

/**
 * What is remembered of a chat so that the hub can write into it. The connector has no address of its own: it is
 * learnt from each inbound activity (`serviceUrl`), and the parties are swapped when answering.
 */
export const chatContextSchema = z.object({
  serviceUrl: z.string().min(1),
  channelId: z.string().min(1),
  conversationId: z.string().min(1),
  bot: z.object({ id: z.string(), name: z.string().optional() }).optional(),
  user: z.object({ id: z.string(), name: z.string().optional() }).optional(),
  tenantId: z.string().optional(),
  isGroup: z.boolean().optional(),
})

export type ChatContext = z.infer<typeof chatContextSchema>

export interface CardAction {
  readonly type: 'openUrl' | 'postBack' | 'messageBack' | 'imBack'
  readonly title: string
  readonly value: string | { readonly payload: string }
  readonly displayText?: string
}

/** An activity that the hub sends; the parties and the conversation are added from the chat's context. */
export interface OutboundActivity extends WrittenText {
  readonly type: 'message' | 'typing'
  readonly attachments?: readonly {
    readonly contentType: string
    readonly contentUrl?: string
    readonly name?: string
    readonly content?: unknown
  }[]
  readonly suggestedActions?: { readonly actions: readonly CardAction[] }
  readonly replyToId?: string
}
