import { z } from 'zod'
import { identifier, maybe, whole, words } from '#kit/loose.ts'
import { isTs } from './message-id.ts'

/**
 * The parts of what Slack posts that are read (https://docs.slack.dev/reference/events). Objects are loose and nothing is
 * required but what an update is known by; readers say what an event can't do without. A new, odd or missing field of
 * Slack's must never cost a message.
 */

const id = maybe(identifier)
/** One that is compared with what the line knows, where digits would be another's. */
const ownId = maybe(z.string().min(1))
/** Names a message within its conversation. Of a number only the last zeros are lost. */
const ts = maybe(
  z.union([z.string(), z.number().transform((seconds) => seconds.toFixed(6))]).refine(isTs),
)

export const updateSchema = z.looseObject({ type: maybe(z.string().min(1)), api_app_id: words })

export const callbackSchema = z.looseObject({
  api_app_id: words,
  event: maybe(z.looseObject({ type: maybe(z.string().min(1)) })),
  event_id: words,
  event_time: z.unknown().optional(),
  /** Installations of the app that may see the event: one of them, not all. One that can't be read may be ours. */
  authorizations: maybe(
    z.array(maybe(z.looseObject({ team_id: ownId, user_id: ownId, is_bot: maybe(z.boolean()) }))),
  ),
})

export const fileSchema = z.looseObject({
  id: identifier,
  name: words,
  title: words,
  mimetype: words,
  size: maybe(whole.pipe(z.int().positive())),
  /** `tombstone`: deleted; `hidden_by_limit`: beyond a free workspace's history; `external`: on another server. */
  mode: words,
  /** `slack_audio`, `slack_video`: recorded in the client. */
  subtype: words,
  url_private: words,
})

/** A person or a conversation: events name them by id, interactions as objects. */
const named = maybe(
  z.union([
    z.looseObject({ id: identifier, username: words }),
    identifier.transform((known) => ({ id: known, username: undefined })),
  ]),
)

/** A message by itself, as an edit has two of them. */
export const messageSchema = z.looseObject({
  ts,
  /** No kind by itself if it is no text: the message counts. */
  subtype: maybe(z.string()),
  user: named,
  bot_id: words,
  app_id: words,
  bot_profile: maybe(z.looseObject({ app_id: words })),
  text: words,
  thread_ts: ts,
  edited: maybe(z.looseObject({ ts })),
  /** Read one by one. */
  files: z.unknown().optional(),
})

/** Any event of the kind `message`, with the messages in it if it is about others. */
export const messageEventSchema = z.looseObject({
  ...messageSchema.shape,
  channel: named,
  channel_type: words,
  event_ts: ts,
  deleted_ts: ts,
  message: maybe(messageSchema),
  previous_message: maybe(messageSchema),
})

export const reactionSchema = z.looseObject({
  user: named,
  reaction: identifier,
  event_ts: ts,
  item: maybe(z.looseObject({ type: words, channel: named, ts })),
})

/** `actions` are read one by one. */
export const pressSchema = z.looseObject({ actions: z.array(z.unknown()).min(1) })

export const actionSchema = z.looseObject({
  type: words,
  action_id: words,
  action_ts: ts,
  value: words,
  text: maybe(z.looseObject({ text: words })),
})

const at = maybe(z.looseObject({ ts }))

/** Who, where and about which message, of all kinds of updates: commands and interactions have names of their own for it. */
export const sceneSchema = z.looseObject({
  user: named,
  user_id: id,
  channel: named,
  channel_id: id,
  channel_type: words,
  container: maybe(z.looseObject({ channel_id: id, message_ts: ts })),
  item: maybe(z.looseObject({ channel: named, ts, message: at })),
  message: maybe(z.looseObject({ ts, user: named })),
  previous_message: at,
  message_ts: ts,
  deleted_ts: ts,
})

export type SlackCallback = z.infer<typeof callbackSchema>
export type SlackMessage = z.infer<typeof messageSchema>
export type SlackMessageEvent = z.infer<typeof messageEventSchema>
export type SlackFile = z.infer<typeof fileSchema>
