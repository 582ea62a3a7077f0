import { z } from 'zod'

/**
 * The parts of Viber's callbacks that are read (https://developers.viber.com/docs/api/rest-bot-api/#callbacks). Objects
 * are loose and hardly anything is required: a new or odd field of Viber's must never cost a message.
 */

/** 64 bits: beyond 2^53 the hub's reader gives the digits as text. */
const token = z.union([z.int(), z.string().regex(/^-?\d{1,20}$/)]).transform(String)
const text = z.string().optional()
const timestamp = z.number().nonnegative().optional()
const personId = z.string().min(1)

export const userSchema = z.looseObject({
  id: personId,
  name: text,
  avatar: z.string().nullish(),
  language: text,
  country: text,
})

export const messageSchema = z.looseObject({
  type: z.string(),
  text,
  media: text,
  file_name: text,
  size: z.number().nonnegative().optional(),
  file_size: z.number().nonnegative().optional(),
  contact: z.looseObject({ name: text, phone_number: text }).optional(),
  location: z.looseObject({ lat: z.number(), lon: z.number() }).optional(),
  tracking_data: text,
})

/** `event` and what every callback may have. */
export const callbackSchema = z.looseObject({
  event: z.string().min(1),
  timestamp,
  message_token: token.optional(),
})

export const messageEventSchema = z.looseObject({
  ...callbackSchema.shape,
  message_token: token,
  sender: userSchema,
  message: messageSchema,
})

export const startedSchema = z.looseObject({
  ...callbackSchema.shape,
  user: userSchema,
  context: text,
})

export const subscribedSchema = z.looseObject({ ...callbackSchema.shape, user: userSchema })

export const unsubscribedSchema = z.looseObject({ ...callbackSchema.shape, user_id: personId })

export const statusSchema = z.looseObject({
  ...callbackSchema.shape,
  message_token: token,
  user_id: personId,
  desc: text,
})

export type ViberUser = z.infer<typeof userSchema>
export type ViberMessage = z.infer<typeof messageSchema>
export type ViberCallback = z.infer<typeof callbackSchema>

/** The body of a `send_message` but for what all of them have. */
export type MessageBody = Readonly<Record<string, unknown>> & { readonly type: string }
