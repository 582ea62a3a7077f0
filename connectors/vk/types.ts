import { z } from 'zod'
import { amount, maybe, readable, whole, word, words } from '#kit/loose.ts'

/**
 * The parts of VK's objects that are read (VKCOM/vk-api-schema 5.199, https://dev.vk.com/en/reference/objects/message).
 * Only the ids of conversations and people are asked for: a new, odd or missing field of VK's must never cost a message.
 */
const formatDataSchema = z.looseObject({
  items: readable(
    z.looseObject({ type: z.string(), offset: z.number(), length: z.number(), url: words }),
  ),
})

const geoSchema = z.looseObject({
  coordinates: z.looseObject({ latitude: amount, longitude: amount }),
  place: maybe(z.looseObject({ title: words, country: words, city: words })),
})

/** A message of this or another conversation, as it is shown in one. Nested ones are read one by one. */
export const quotedSchema = z.looseObject({
  id: maybe(whole),
  conversation_message_id: maybe(whole),
  text: words,
  format_data: maybe(formatDataSchema),
  /** `{type, <type>: {…}}` each. */
  attachments: maybe(z.array(z.unknown())),
  fwd_messages: maybe(z.array(z.unknown())),
  reply_message: z.unknown().optional(),
  geo: maybe(geoSchema),
})

export const messageSchema = z.looseObject({
  ...quotedSchema.shape,
  peer_id: whole,
  from_id: whole,
  out: maybe(whole),
  admin_author_id: maybe(whole),
  payload: z.unknown().optional(),
  ref: words,
  action: maybe(z.looseObject({ type: z.string() })),
})

/** Which events are VK's: a type, and the community if VK names it. */
export const eventSchema = z.looseObject({
  type: z.string().min(1),
  group_id: maybe(word),
  event_id: words,
})

export const personSchema = z.looseObject({ user_id: whole, key: words })

export const pressSchema = z.looseObject({
  user_id: whole,
  peer_id: whole,
  payload: z.unknown().optional(),
  conversation_message_id: maybe(whole),
})

export const readSchema = z.looseObject({
  from_id: whole,
  peer_id: whole,
  conversation_message_id: maybe(whole),
  read_message_id: maybe(whole),
})

export const typingSchema = z.looseObject({ from_id: whole })

export const reactionSchema = z.looseObject({
  reacted_id: whole,
  peer_id: whole,
  cmid: whole,
  reaction_id: maybe(whole),
})

export type QuotedMessage = z.infer<typeof quotedSchema>
export type VkMessage = z.infer<typeof messageSchema>
