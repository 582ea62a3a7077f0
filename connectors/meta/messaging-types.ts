import { z } from 'zod'

/**
 * The parts of the Messenger Platform's webhooks that are read; Instagram's are the same but for some fields.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events. Objects are loose: a new or odd field
 * must never cost a message.
 */
const id = z.union([z.string().min(1), z.int()]).transform(String)
const party = z.looseObject({ id })

export const itemSchema = z.looseObject({
  sender: party,
  recipient: party,
  timestamp: z.number().nonnegative().nullish(),
})

const referralSchema = z.looseObject({ ref: z.string().nullish() })

const attachmentSchema = z.looseObject({
  type: z.string(),
  title: z.string().nullish(),
  url: z.string().nullish(),
  payload: z
    .looseObject({
      url: z.string().nullish(),
      title: z.string().nullish(),
      sticker_id: id.nullish(),
      coordinates: z.looseObject({ lat: z.number(), long: z.number() }).nullish(),
    })
    .nullish(),
})

export const messageSchema = z.looseObject({
  mid: z.string().min(1),
  text: z.string().nullish(),
  quick_reply: z.looseObject({ payload: z.string() }).nullish(),
  reply_to: z
    .looseObject({
      mid: z.string().nullish(),
      story: z.looseObject({ id: id.nullish(), url: z.string().nullish() }).nullish(),
    })
    .nullish(),
  attachments: z.array(attachmentSchema).nullish(),
  referral: referralSchema.nullish(),
  is_echo: z.boolean().nullish(),
  app_id: id.nullish(),
  metadata: z.string().nullish(),
  is_deleted: z.boolean().nullish(),
  is_unsupported: z.boolean().nullish(),
})

export const editSchema = z.looseObject({ mid: z.string().min(1), text: z.string() })

export const reactionSchema = z.looseObject({
  mid: z.string().min(1),
  action: z.enum(['react', 'unreact']),
  reaction: z.string().nullish(),
  emoji: z.string().nullish(),
})

export const deliverySchema = z.looseObject({
  watermark: z.number().nonnegative(),
  mids: z.array(z.string()).nullish(),
})

/** Messenger tells a watermark, Instagram the message. */
export const readSchema = z
  .looseObject({ watermark: z.number().nonnegative().nullish(), mid: z.string().nullish() })
  .refine(({ watermark, mid }) => typeof watermark === 'number' || typeof mid === 'string')

export const postbackSchema = z.looseObject({
  title: z.string().nullish(),
  payload: z.string(),
  referral: referralSchema.nullish(),
})

export { referralSchema }

export type Item = z.infer<typeof itemSchema>
export type MetaMessage = z.infer<typeof messageSchema>
export type Attachment = z.infer<typeof attachmentSchema>

/** A call of the Send API without its recipient. */
export interface SendPart {
  readonly message: Readonly<Record<string, unknown>>
  readonly replyTo?: string
  /** Sent instead when Meta can't fetch or take the file. */
  readonly instead?: readonly SendPart[]
}
