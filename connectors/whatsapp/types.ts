import { z } from 'zod'
import { amount, identifier, maybe, readable, whole, words } from '#kit/loose.ts'

/**
 * The parts of the webhooks that are read: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components.
 * Only what an event can't do without is asked for: a new, odd or missing field must never cost a message.
 */
/** Digits, as text or, beyond 2^53 or from careless relays, as a number. '' if there are none. */
const optionalId = words.transform((value) => value ?? '')
const flag = maybe(z.boolean())

const errorSchema = z.looseObject({
  code: maybe(whole),
  title: words,
  message: words,
  error_data: maybe(z.looseObject({ details: words })),
})
const errors = maybe(readable(errorSchema))

export const contactSchema = z.looseObject({
  profile: maybe(z.looseObject({ name: words, username: words })),
  wa_id: optionalId,
  user_id: optionalId,
})

/** Whom an item is from and for. */
const parties = {
  from: optionalId,
  from_user_id: optionalId,
  /** Echoes: whom it was written to. */
  to: optionalId,
  to_user_id: optionalId,
  group_id: optionalId,
  timestamp: z.unknown().optional(),
}

/** What every message has, whatever it holds; its contents are under the name of its type. */
export const messageSchema = z.looseObject({
  ...parties,
  id: optionalId,
  type: optionalId,
  context: maybe(
    z.looseObject({
      id: optionalId,
      forwarded: flag,
      frequently_forwarded: flag,
      referred_product: maybe(
        z.looseObject({ catalog_id: optionalId, product_retailer_id: optionalId }),
      ),
    }),
  ),
  referral: maybe(z.looseObject({ source_id: optionalId, ctwa_clid: words, source_url: words })),
  errors,
})

/** A voice call, or something that happens to one. */
export const callSchema = z.looseObject({
  ...parties,
  id: optionalId,
  event: optionalId,
  direction: optionalId,
})

/** What a person wants to get from the company, or doesn't: `marketing_messages`, `stop`. */
export const preferenceSchema = z.looseObject({
  wa_id: optionalId,
  user_id: optionalId,
  category: optionalId,
  value: optionalId,
  timestamp: z.unknown().optional(),
})

export const statusSchema = z.looseObject({
  id: identifier,
  status: identifier,
  timestamp: z.unknown().optional(),
  recipient_id: optionalId,
  recipient_user_id: optionalId,
  recipient_type: words,
  biz_opaque_callback_data: words,
  errors,
})

export const textSchema = z.looseObject({ body: identifier })

export const mediaSchema = z.looseObject({
  id: identifier,
  mime_type: words,
  caption: words,
  filename: words,
  voice: flag,
})

export const captionSchema = z.looseObject({ caption: words })

export const locationSchema = z.looseObject({
  latitude: amount,
  longitude: amount,
  name: words,
  address: words,
})

export const cardsSchema = readable(
  z.looseObject({
    name: maybe(z.looseObject({ formatted_name: words, first_name: words, last_name: words })),
    phones: maybe(readable(z.looseObject({ phone: optionalId, wa_id: optionalId }))),
    emails: maybe(readable(z.looseObject({ email: optionalId }))),
    org: maybe(z.looseObject({ company: words, department: words, title: words })),
    urls: maybe(readable(z.looseObject({ url: optionalId }))),
    addresses: maybe(
      readable(
        z.looseObject({ street: words, zip: words, city: words, state: words, country: words }),
      ),
    ),
    birthday: words,
  }),
)

const replySchema = z.looseObject({ id: words, title: words })
export const interactiveSchema = z.looseObject({
  type: words,
  button_reply: maybe(replySchema),
  list_reply: maybe(replySchema.extend({ description: words })),
  nfm_reply: maybe(z.looseObject({ name: words, body: words, response_json: words })),
})

export const buttonSchema = z.looseObject({ text: words, payload: words })

export const reactionSchema = z.looseObject({ message_id: identifier, emoji: words })

export const orderSchema = z.looseObject({
  text: words,
  product_items: maybe(
    readable(
      z.looseObject({
        product_retailer_id: optionalId,
        quantity: optionalId,
        item_price: words,
        currency: words,
      }),
    ),
  ),
})

export const systemSchema = z.looseObject({
  type: words,
  wa_id: optionalId,
  new_wa_id: optionalId,
  user_id: optionalId,
  new_user_id: optionalId,
  /** By what the person was known until now. */
  previous_user_id: optionalId,
})

export const editSchema = z.looseObject({
  original_message_id: identifier,
  message: z.looseObject({ type: identifier }),
})

export const revokeSchema = z.looseObject({ original_message_id: identifier })

export type Contact = z.infer<typeof contactSchema>
export type Message = z.infer<typeof messageSchema>
export type Status = z.infer<typeof statusSchema>
export type Card = z.infer<typeof cardsSchema>[number]
