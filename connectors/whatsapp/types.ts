import { z } from 'zod'

/**
 * The parts of the webhooks that are read: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components.
 * Objects are loose, and what may be left out may be null: a new or odd field must never cost a message.
 */
const id = z.union([z.string().min(1), z.int()]).transform(String)
const text = z.string().nullish()
/** Digits, as text or, beyond 2^53 or from careless relays, as a number. */
const optionalId = z
  .union([z.string(), z.int()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? '' : String(value)))
const amount = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number())

const errorSchema = z.looseObject({
  code: z.number().nullish(),
  title: text,
  message: text,
  error_data: z.looseObject({ details: text }).nullish(),
})

export const contactSchema = z.looseObject({
  profile: z.looseObject({ name: text, username: text }).nullish(),
  wa_id: optionalId,
  user_id: optionalId,
})

/** What every message has, whatever it holds; its contents are under the name of its type. */
export const messageSchema = z.looseObject({
  id,
  from: optionalId,
  from_user_id: optionalId,
  /** Echoes: whom it was written to. */
  to: optionalId,
  to_user_id: optionalId,
  group_id: optionalId,
  timestamp: optionalId,
  type: z.string().min(1),
  context: z
    .looseObject({
      id: optionalId,
      forwarded: z.boolean().nullish(),
      frequently_forwarded: z.boolean().nullish(),
    })
    .nullish(),
  referral: z.looseObject({ source_id: optionalId, ctwa_clid: text, source_url: text }).nullish(),
  errors: z.array(errorSchema).nullish(),
})

export const statusSchema = z.looseObject({
  id,
  status: z.string().min(1),
  timestamp: optionalId,
  recipient_id: optionalId,
  recipient_user_id: optionalId,
  recipient_type: text,
  biz_opaque_callback_data: text,
  errors: z.array(errorSchema).nullish(),
})

export const textSchema = z.looseObject({ body: z.string() })

export const mediaSchema = z.looseObject({
  id,
  mime_type: text,
  caption: text,
  filename: text,
  voice: z.boolean().nullish(),
})

export const locationSchema = z.looseObject({
  latitude: amount,
  longitude: amount,
  name: text,
  address: text,
})

export const cardsSchema = z
  .array(
    z.looseObject({
      name: z.looseObject({ formatted_name: text, first_name: text, last_name: text }).nullish(),
      phones: z.array(z.looseObject({ phone: optionalId, wa_id: optionalId })).nullish(),
    }),
  )
  .min(1)

const replySchema = z.looseObject({ id: z.string(), title: text })
export const interactiveSchema = z.looseObject({
  type: text,
  button_reply: replySchema.nullish(),
  list_reply: replySchema.nullish(),
  nfm_reply: z.looseObject({ name: text, body: text, response_json: z.string() }).nullish(),
})

export const buttonSchema = z.looseObject({ text, payload: text })

export const reactionSchema = z.looseObject({ message_id: id, emoji: text })

export const orderSchema = z.looseObject({
  text,
  product_items: z
    .array(
      z.looseObject({
        product_retailer_id: optionalId,
        quantity: optionalId,
        item_price: z.union([z.string(), z.number()]).nullish(),
        currency: text,
      }),
    )
    .nullish(),
})

export const systemSchema = z.looseObject({
  type: text,
  wa_id: optionalId,
  new_wa_id: optionalId,
  user_id: optionalId,
  new_user_id: optionalId,
})

export const editSchema = z.looseObject({
  original_message_id: id,
  message: z.looseObject({ type: z.string().min(1) }),
})

export const revokeSchema = z.looseObject({ original_message_id: id })

export type Contact = z.infer<typeof contactSchema>
export type Message = z.infer<typeof messageSchema>
export type Status = z.infer<typeof statusSchema>
export type Card = z.infer<typeof cardsSchema>[number]
