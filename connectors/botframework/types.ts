import { z } from 'zod'
import type { WrittenText } from './outbound-text.ts'

/**
 * The Bot Framework's shapes, as far as the hub reads them. Source: Activity spec 3.1.12 and the connector's swagger
 * (microsoft/botframework-sdk). Envelope fields of the wrong type make the whole activity unreadable; in fields that
 * differ by channel (`value`, `entities`, `channelData`) anything is taken.
 */
const text = z.string().nullish()

const accountSchema = z.looseObject({ id: text, name: text })

const attachmentSchema = z.looseObject({
  contentType: text,
  contentUrl: text,
  name: text,
  content: z.unknown().optional(),
})

export const activitySchema = z.looseObject({
  type: z.string().min(1),
  id: text,
  timestamp: text,
  channelId: text,
  serviceUrl: text,
  from: accountSchema.nullish(),
  recipient: accountSchema.nullish(),
  conversation: z
    .looseObject({
      id: text,
      name: text,
      isGroup: z.boolean().nullish(),
      conversationType: text,
      tenantId: text,
    })
    .nullish(),
  replyToId: text,
  locale: text,
  text,
  textFormat: text,
  action: text,
  name: text,
  value: z.unknown().optional(),
  attachments: z.array(attachmentSchema).nullish(),
  entities: z.array(z.unknown()).nullish(),
  membersAdded: z.array(accountSchema).nullish(),
  reactionsAdded: z.array(z.looseObject({ type: text })).nullish(),
  reactionsRemoved: z.array(z.looseObject({ type: text })).nullish(),
  channelData: z.unknown().optional(),
})

export type Activity = z.infer<typeof activitySchema>
export type Account = z.infer<typeof accountSchema>
export type Attachment = z.infer<typeof attachmentSchema>

const words = z.string().optional().catch(undefined)
const coordinates = { latitude: z.number(), longitude: z.number() }

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
