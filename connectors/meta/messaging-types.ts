import { z } from 'zod'
import { amount, identifier, maybe, readable, words } from '#kit/loose.ts'

/**
 * The parts of the Messenger Platform's webhooks that are read; Instagram's are the same but for some fields.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events. Only what an event can't do without is
 * asked for: a new, odd or missing field must never cost a message.
 */
const party = maybe(z.looseObject({ id: maybe(identifier) }))

/** `sender` may name nobody: by a `user_ref` alone, or not at all beside an edit of Instagram's. */
export const itemSchema = z.looseObject({
  sender: party,
  recipient: party,
  timestamp: z.unknown().optional(),
})

const referralSchema = z.looseObject({
  ref: words,
  ad_id: words,
  product: maybe(z.looseObject({ id: words })),
})

const element = z.looseObject({ title: words, subtitle: words, retailer_id: words, id: words })
const elements = maybe(readable(element))

export const attachmentSchema = z.looseObject({
  type: words,
  title: words,
  url: words,
  payload: maybe(
    z.looseObject({
      url: words,
      title: words,
      sticker_id: words,
      coordinates: maybe(z.looseObject({ lat: amount, long: amount })),
      // Templates: what they say.
      text: words,
      elements,
      product: maybe(z.looseObject({ elements })),
    }),
  ),
})

/** An odd form stands for a story that nobody can open. */
const story = z.looseObject({ id: words, url: words }).nullish().catch({})
const answered = z.looseObject({ mid: words, story }).nullish().catch({ story: {} })
const flag = maybe(z.boolean())

export const messageSchema = z.looseObject({
  mid: identifier,
  text: words,
  quick_reply: maybe(z.looseObject({ payload: words })),
  reply_to: answered,
  attachments: z.unknown().optional(),
  referral: maybe(referralSchema),
  is_echo: flag,
  app_id: words,
  metadata: words,
  is_deleted: flag,
  is_unsupported: flag,
})

export const editSchema = z.looseObject({ mid: identifier, text: identifier })

export const reactionSchema = z.looseObject({
  mid: identifier,
  action: z.enum(['react', 'unreact']),
  reaction: words,
  emoji: words,
})

export const deliverySchema = z.looseObject({
  watermark: z.unknown().optional(),
  mids: maybe(readable(identifier)),
})

/** Messenger tells a watermark, Instagram the message. */
export const readSchema = z.looseObject({
  watermark: z.unknown().optional(),
  mid: maybe(identifier),
})

/** `payload` comes only to the app that sent the button; others, in standby too, see its title. */
export const postbackSchema = z.looseObject({
  title: words,
  payload: words,
  mid: words,
  referral: maybe(referralSchema),
})

/** Posts, comments and the like, in which a person is named. */
export const changeSchema = z.looseObject({
  from: maybe(z.looseObject({ id: identifier, name: words, username: words })),
  comment_id: words,
  id: words,
  post_id: words,
})

export { referralSchema }

export type Item = z.infer<typeof itemSchema>
export type Referral = z.infer<typeof referralSchema>
export type MetaMessage = z.infer<typeof messageSchema>
export type Attachment = z.infer<typeof attachmentSchema>

/** A call of the Send API without its recipient. */
export interface SendPart {
  readonly message: Readonly<Record<string, unknown>>
  readonly replyTo?: string
  /** Sent instead when Meta can't fetch or take the file. */
  readonly instead?: readonly SendPart[]
  /** Sent instead when Meta refuses the buttons: they are lines of the text. */
  readonly listed?: readonly SendPart[]
}
