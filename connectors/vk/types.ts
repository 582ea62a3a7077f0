import { z } from 'zod'

/**
 * The parts of VK's objects that are read (VKCOM/vk-api-schema 5.199, https://dev.vk.com/en/reference/objects/message).
 * Objects are loose and hardly anything is required: a new or odd field of VK's must never cost a message.
 */
const text = z.string().optional()
const count = z.number().optional()

const formatDataSchema = z.looseObject({
  items: z.array(
    z.looseObject({ type: z.string(), offset: z.number(), length: z.number(), url: text }),
  ),
})

/** `{type, <type>: {…}}`. */
export const attachmentSchema = z.looseObject({ type: z.string() })

const quotedSchema = z.looseObject({
  id: z.number().optional(),
  conversation_message_id: z.number().optional(),
  peer_id: z.number().optional(),
  from_id: z.number().optional(),
  text,
  attachments: z.array(attachmentSchema).optional(),
  format_data: formatDataSchema.optional().catch(undefined),
})

export const messageSchema = z.looseObject({
  ...quotedSchema.shape,
  peer_id: z.int(),
  from_id: z.int(),
  date: count,
  update_time: count,
  out: count,
  admin_author_id: count,
  payload: text,
  ref: text,
  reply_message: quotedSchema.optional(),
  fwd_messages: z.array(quotedSchema).optional(),
  geo: z
    .looseObject({
      coordinates: z.looseObject({ latitude: z.number(), longitude: z.number() }),
      place: z.looseObject({ title: text, country: text, city: text }).optional(),
    })
    .optional(),
  action: z.looseObject({ type: z.string() }).optional(),
})

export const eventSchema = z.looseObject({
  type: z.string().min(1),
  object: z.looseObject({}),
  group_id: z.int().optional(),
  event_id: text,
})

export const personSchema = z.looseObject({ user_id: z.int(), key: text })

export const pressSchema = z.looseObject({
  user_id: z.int(),
  peer_id: z.int(),
  payload: z.unknown(),
  conversation_message_id: count,
})

export const readSchema = z.looseObject({
  from_id: z.int(),
  peer_id: z.int(),
  conversation_message_id: count,
  read_message_id: count,
})

export const typingSchema = z.looseObject({ from_id: z.int() })

export const reactionSchema = z.looseObject({
  reacted_id: z.int(),
  peer_id: z.int(),
  cmid: z.int(),
  reaction_id: count,
})

export type VkAttachment = z.infer<typeof attachmentSchema>
export type QuotedMessage = z.infer<typeof quotedSchema>
export type VkMessage = z.infer<typeof messageSchema>
