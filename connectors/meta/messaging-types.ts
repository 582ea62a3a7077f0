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
  timestamp: z.number().nonnegative().optional(),
})

const referralSchema = z.looseObject({ ref: z.string().optional() })

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
  text: z.string().optional(),
  quick_reply: z.looseObject({ payload: z.string() }).optional(),
  reply_to: z
    .looseObject({
      mid: z.string().optional(),
      story: z.looseObject({ id: id.optional(), url: z.string().optional() }).optional(),
    })
    .optional(),
  attachments: z.array(attachmentSchema).optional(),
  referral: referralSchema.optional(),
  is_echo: z.boolean().optional(),
  app_id: id.nullish(),
  metadata: z.string().nullish(),
  is_deleted: z.boolean().optional(),
  is_unsupported: z.boolean().optional(),
})

export const editSchema = z.looseObject({ mid: z.string().min(1), text: z.string() })

export const reactionSchema = z.looseObject({
  mid: z.string().min(1),
  action: z.enum(['react', 'unreact']),
  reaction: z.string().optional(),
  emoji: z.string().optional(),
})

export const deliverySchema = z.looseObject({
  watermark: z.number().nonnegative(),
  mids: z.array(z.string()).optional(),
})

/** Messenger tells a watermark, Instagram the message. */
export const readSchema = z
  .looseObject({ watermark: z.number().nonnegative().optional(), mid: z.string().optional() })
  .refine(({ watermark, mid }) => watermark !== undefined || mid !== undefined)

export const postbackSchema = z.looseObject({
  title: z.string().optional(),
  payload: z.string(),
  referral: referralSchema.optional(),
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
