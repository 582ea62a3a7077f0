import { z } from 'zod'
import type { MultipartFile } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { OutboundFile } from '#core/message.ts'
import { amount, maybe, readable, whole, word, words } from '#kit/loose.ts'

/**
 * The parts of Telegram's objects that are read (https://core.telegram.org/bots/api#available-types). Only ids are asked
 * for: a new, odd or missing field of Telegram's must never cost a message.
 */
export const userSchema = z.looseObject({
  id: whole,
  first_name: words,
  last_name: words,
  username: words,
  language_code: words,
})

export const chatSchema = z.looseObject({
  id: whole,
  type: words,
  title: words,
  first_name: words,
  last_name: words,
  username: words,
  is_direct_messages: maybe(z.boolean()),
})

const entitySchema = z.looseObject({
  type: z.string(),
  offset: z.number(),
  length: z.number(),
  url: words,
  language: words,
  user: maybe(userSchema),
})
const entities = maybe(readable(entitySchema))

const fileSchema = z.looseObject({
  file_id: z.string().min(1),
  file_size: maybe(z.number().nonnegative()),
  file_name: words,
  mime_type: words,
  performer: words,
  title: words,
})
const locationSchema = z.looseObject({ latitude: amount, longitude: amount })

const written = { text: words, entities, caption: words, caption_entities: entities }

/** What a message may hold besides text; a message that is quoted from another chat holds the same. */
const media = {
  photo: maybe(readable(fileSchema)),
  animation: maybe(fileSchema),
  document: maybe(fileSchema),
  video: maybe(fileSchema),
  video_note: maybe(fileSchema),
  audio: maybe(fileSchema),
  voice: maybe(fileSchema),
  sticker: maybe(
    z.looseObject({
      ...fileSchema.shape,
      is_animated: maybe(z.boolean()),
      is_video: maybe(z.boolean()),
    }),
  ),
  contact: maybe(
    z.looseObject({ phone_number: words, first_name: words, last_name: words, vcard: words }),
  ),
  location: maybe(locationSchema),
  venue: maybe(z.looseObject({ location: maybe(locationSchema), title: words, address: words })),
  dice: maybe(z.looseObject({ emoji: words, value: maybe(word) })),
}

export const mediaSchema = z.looseObject(media)

const quoteSchema = z.looseObject({ text: word, entities })
const senderChatSchema = z.looseObject({ id: whole, title: words, username: words })

const topic = {
  message_thread_id: maybe(whole),
  is_topic_message: maybe(z.boolean()),
  direct_messages_topic: maybe(z.looseObject({ topic_id: whole, user: maybe(userSchema) })),
}

export const topicSchema = z.looseObject(topic)

export const messageSchema = z.looseObject({
  message_id: whole,
  chat: chatSchema,
  from: maybe(userSchema),
  sender_chat: maybe(senderChatSchema),
  sender_business_bot: maybe(userSchema),
  business_connection_id: words,
  ...topic,
  ...written,
  ...media,
  quote: maybe(quoteSchema),
  reply_to_message: maybe(
    z.looseObject({
      message_id: whole,
      ...written,
      forum_topic_created: maybe(z.looseObject({ name: words })),
    }),
  ),
  external_reply: maybe(mediaSchema),
  migrate_to_chat_id: maybe(whole),
  migrate_from_chat_id: maybe(whole),
  web_app_data: maybe(z.looseObject({ data: word, button_text: words })),
})

/** What most messages are: words and who wrote them. Read without a look for all that a message may hold besides. */
const plainMessageSchema = z.looseObject({
  message_id: whole,
  chat: chatSchema,
  from: maybe(userSchema),
  text: words,
})
const PLAIN = new Set(['message_id', 'chat', 'from', 'date', 'text'])

/** Has the message nothing but what a plain one has? */
export function isPlain(message: unknown): message is Readonly<Record<string, unknown>> {
  return isRecord(message) && Object.keys(message).every((name) => PLAIN.has(name))
}

export function schemaFor(message: unknown): z.ZodType<TelegramMessage> {
  return isPlain(message) ? plainMessageSchema : messageSchema
}

/** A reaction may be of a kind that nobody knows yet, so its entries are read one by one. */
export const reactionSchema = z.looseObject({
  chat: chatSchema,
  message_id: whole,
  user: maybe(userSchema),
  actor_chat: maybe(senderChatSchema),
  old_reaction: z.array(z.unknown()),
  new_reaction: z.array(z.unknown()),
})

export const callbackSchema = z.looseObject({
  id: words,
  from: maybe(userSchema),
  data: word,
  message: z.looseObject({
    message_id: whole,
    chat: chatSchema,
    ...topic,
    reply_markup: maybe(
      z.looseObject({
        inline_keyboard: readable(readable(z.looseObject({ text: word, callback_data: words }))),
      }),
    ),
  }),
})

export const memberSchema = z.looseObject({
  chat: chatSchema,
  from: maybe(userSchema),
  new_chat_member: z.looseObject({ status: z.string() }),
})

export const deletedSchema = z.looseObject({
  chat: chatSchema,
  message_ids: z.array(z.unknown()),
})

export type TelegramUser = z.infer<typeof userSchema>
export type TelegramChat = z.infer<typeof chatSchema>
export type TelegramMessage = z.infer<typeof messageSchema>
export type TelegramMedia = z.infer<typeof mediaSchema>
export type TelegramFile = z.infer<typeof fileSchema>
/** What says in which thread of its chat a message stands. */
export type TelegramTopic = Pick<
  TelegramMessage,
  'message_thread_id' | 'is_topic_message' | 'direct_messages_topic'
> &
  Partial<Pick<TelegramMessage, 'reply_to_message'>>

/** One call of the Bot API. */
export interface ApiCall {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** The portal's file that `params` names by its address. */
  readonly file?: OutboundFile
  /**
   * Made instead of a file that is too large for Telegram (its link), or of an edit when the message has a caption and no
   * text.
   */
  readonly instead?: ApiCall
  /** The calls that this one, an album, stands for. */
  readonly album?: readonly ApiCall[]
  /** Files to send along; the call is then a form instead of JSON. */
  readonly uploads?: readonly MultipartFile[]
}
