import { z } from 'zod'
import type { MultipartFile } from '#core/http.ts'
import type { OutboundFile } from '#core/message.ts'

/**
 * The parts of Telegram's objects that are read (https://core.telegram.org/bots/api#available-types). Objects are loose
 * and hardly anything is required: a new or odd field of Telegram's must never cost a message.
 */
const id = z.int()
const size = z.number().nonnegative().optional()

export const userSchema = z.looseObject({
  id,
  is_bot: z.boolean().optional(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
  username: z.string().optional(),
  language_code: z.string().optional(),
})

export const chatSchema = z.looseObject({
  id,
  type: z.string(),
  title: z.string().optional(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
  username: z.string().optional(),
})

export const entitySchema = z.looseObject({
  type: z.string(),
  offset: z.number(),
  length: z.number(),
  url: z.string().optional(),
  language: z.string().optional(),
  user: userSchema.optional(),
})

const fileSchema = z.looseObject({
  file_id: z.string().min(1),
  file_size: size,
  file_name: z.string().optional(),
  mime_type: z.string().optional(),
})
const locationSchema = z.looseObject({ latitude: z.number(), longitude: z.number() })

const content = {
  text: z.string().optional(),
  entities: z.array(entitySchema).optional(),
  caption: z.string().optional(),
  caption_entities: z.array(entitySchema).optional(),
}

export const messageSchema = z.looseObject({
  message_id: id,
  date: z.int().nonnegative(),
  edit_date: z.int().optional(),
  chat: chatSchema,
  from: userSchema.optional(),
  sender_chat: z.looseObject({ ...chatSchema.shape, type: z.string().optional() }).optional(),
  sender_business_bot: userSchema.optional(),
  business_connection_id: z.string().optional(),
  ...content,
  quote: z.looseObject({ text: z.string(), entities: z.array(entitySchema).optional() }).optional(),
  reply_to_message: z.looseObject({ message_id: id, ...content }).optional(),
  migrate_to_chat_id: id.optional(),
  photo: z.array(fileSchema).optional(),
  animation: fileSchema.optional(),
  document: fileSchema.optional(),
  video: fileSchema.optional(),
  video_note: fileSchema.optional(),
  audio: fileSchema.optional(),
  voice: fileSchema.optional(),
  sticker: z
    .looseObject({
      ...fileSchema.shape,
      is_animated: z.boolean().optional(),
      is_video: z.boolean().optional(),
    })
    .optional(),
  contact: z
    .looseObject({
      phone_number: z.string().optional(),
      first_name: z.string().optional(),
      last_name: z.string().optional(),
    })
    .optional(),
  location: locationSchema.optional(),
  venue: z
    .looseObject({
      location: locationSchema,
      title: z.string().optional(),
      address: z.string().optional(),
    })
    .optional(),
  dice: z.looseObject({ emoji: z.string(), value: z.number() }).optional(),
})

const reactionType = z.looseObject({
  type: z.string(),
  emoji: z.string().optional(),
  custom_emoji_id: z.string().optional(),
})

export const reactionSchema = z.looseObject({
  chat: chatSchema,
  message_id: id,
  user: userSchema.optional(),
  actor_chat: chatSchema.optional(),
  date: z.int().nonnegative(),
  old_reaction: z.array(reactionType),
  new_reaction: z.array(reactionType),
})

export const callbackSchema = z.looseObject({
  id: z.string(),
  from: userSchema,
  data: z.string().optional(),
  message: z
    .looseObject({
      message_id: id,
      chat: chatSchema,
      reply_markup: z
        .looseObject({
          inline_keyboard: z.array(
            z.array(z.looseObject({ text: z.string(), callback_data: z.string().optional() })),
          ),
        })
        .optional(),
    })
    .optional(),
})

export const memberSchema = z.looseObject({
  chat: chatSchema,
  from: userSchema,
  date: z.int().nonnegative(),
  new_chat_member: z.looseObject({ status: z.string() }),
})

export const deletedSchema = z.looseObject({
  chat: chatSchema,
  business_connection_id: z.string().optional(),
  message_ids: z.array(id),
})

export type TelegramUser = z.infer<typeof userSchema>
export type TelegramChat = z.infer<typeof chatSchema>
export type TelegramMessage = z.infer<typeof messageSchema>
export type TelegramFile = z.infer<typeof fileSchema>

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
