import { z } from 'zod'
import { amount, identifier, maybe, words } from '#kit/loose.ts'

/**
 * The parts of Viber's callbacks that are read (https://developers.viber.com/docs/api/rest-bot-api/#callbacks). Only people's
 * ids, and the tokens of statuses, are asked for: a new, odd or missing field of Viber's must never cost a message.
 */

/** 64 bits: beyond 2^53 the hub's reader gives the digits as text. */
const token = z.union([z.int(), z.string().regex(/^-?\d{1,20}$/)]).transform(String)
const bytes = maybe(z.number().nonnegative())

export const userSchema = z.looseObject({
  id: identifier,
  name: words,
  avatar: words,
  language: words,
})

export const messageSchema = z.looseObject({
  type: words,
  text: words,
  media: words,
  file_name: words,
  size: bytes,
  file_size: bytes,
  contact: maybe(z.looseObject({ name: words, phone_number: words })),
  location: maybe(z.looseObject({ lat: amount, lon: amount })),
  tracking_data: words,
})

/** `event` and what every callback may have. */
export const callbackSchema = z.looseObject({
  event: z.string().min(1),
  message_token: maybe(token),
})

export const messageEventSchema = z.looseObject({
  message_token: maybe(token),
  sender: userSchema,
  message: messageSchema,
})

export const startedSchema = z.looseObject({ user: userSchema, context: words })

export const subscribedSchema = z.looseObject({ user: userSchema })

export const unsubscribedSchema = z.looseObject({ user_id: identifier })

export const statusSchema = z.looseObject({
  message_token: token,
  user_id: identifier,
  desc: words,
})

export type ViberUser = z.infer<typeof userSchema>
export type ViberMessage = z.infer<typeof messageSchema>
export type ViberCallback = z.infer<typeof callbackSchema>

/** The body of a `send_message` but for what all of them have. */
export type MessageBody = Readonly<Record<string, unknown>> & { readonly type: string }
