import { z } from 'zod'

/**
 * The parts of what Slack posts that are read (https://docs.slack.dev/reference/events). Objects are loose and hardly
 * anything is required: a new or odd field of Slack's must never cost a message.
 */

const text = z.string().nullish()
const id = z.string().min(1)
/** Names a message within its conversation. */
const ts = z.string().regex(/^\d{1,12}\.\d{1,9}$/)

/** `type` and what every update may have. */
export const updateSchema = z.looseObject({
  type: z.string().min(1),
  api_app_id: text,
  team_id: text,
})

export const callbackSchema = z.looseObject({
  ...updateSchema.shape,
  event: z.looseObject({ type: z.string().min(1) }),
  event_id: text,
  event_time: z.number().nullish(),
  /** Installations of the app that may see the event: one of them, not all. */
  authorizations: z
    .array(z.looseObject({ team_id: text, user_id: text, is_bot: z.boolean().nullish() }))
    .nullish(),
})

const fileSchema = z.looseObject({
  id,
  name: text,
  title: text,
  mimetype: text,
  size: z.number().nonnegative().nullish(),
  /** `tombstone`: deleted; `hidden_by_limit`: beyond a free workspace's history; `external`: on another server. */
  mode: text,
  /** `slack_audio`, `slack_video`: recorded in the client. */
  subtype: text,
  url_private: text,
})

/** A message by itself, as an edit has two of them. */
export const messageSchema = z.looseObject({
  ts,
  subtype: text,
  user: text,
  bot_id: text,
  app_id: text,
  bot_profile: z.looseObject({ app_id: text }).nullish(),
  text,
  thread_ts: text,
  edited: z.looseObject({ ts: text }).nullish(),
  files: z.array(fileSchema).nullish(),
})

const inChannel = { channel: id, channel_type: text, event_ts: text }

export const messageEventSchema = z.looseObject({ ...messageSchema.shape, ...inChannel })

export const changedSchema = z.looseObject({
  ...inChannel,
  ts,
  message: messageSchema,
  previous_message: messageSchema.nullish(),
})

export const deletedSchema = z.looseObject({
  ...inChannel,
  ts: text,
  deleted_ts: ts,
  previous_message: messageSchema.nullish(),
})

export const reactionSchema = z.looseObject({
  user: id,
  reaction: z.string().min(1),
  event_ts: text,
  item: z.looseObject({ type: z.string(), channel: text, ts: text }),
})

export const pressSchema = z.looseObject({
  user: z.looseObject({ id, username: text }),
  channel: z.looseObject({ id }).nullish(),
  container: z.looseObject({ channel_id: text, message_ts: text }).nullish(),
  actions: z.array(
    z.looseObject({
      type: z.string(),
      action_id: text,
      action_ts: text,
      value: text,
      text: z.looseObject({ text }).nullish(),
    }),
  ),
})

/** Who and where of a kind that isn't read: events name them by id, interactions as objects, commands by other names. */
const named = z
  .union([z.string().min(1), z.looseObject({ id })])
  .optional()
  .catch(undefined)
export const sceneSchema = z.looseObject({
  user: named,
  channel: named,
  user_id: named,
  channel_id: named,
})

export type SlackCallback = z.infer<typeof callbackSchema>
export type SlackMessage = z.infer<typeof messageSchema>
export type SlackFile = z.infer<typeof fileSchema>
