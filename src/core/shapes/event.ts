import { z } from 'zod'
import type { PortalEvent } from '../stored-event.ts'
import { eventIdShape, instant, isTrue, outIdShape, said } from './basic.ts'
import { RUN_STATES, runCounts, runIdShape } from './broadcast.ts'
import { numberId, reference } from './comm-fields.ts'
import { jobErrorShape, jobIdShape } from './job.ts'
import { taskIdShape, taskResultShape } from './notification.ts'

export const pictureShape = z.strictObject({ url: said })

export const personShape = z.strictObject({
  id: said.describe("the channel's own id of the person"),
  name: said.exactOptional(),
  lastName: said.exactOptional(),
  username: said.exactOptional(),
  url: said.exactOptional(),
  picture: pictureShape.exactOptional(),
  sex: z.enum(['male', 'female']).exactOptional(),
  email: said.exactOptional(),
  phone: said.exactOptional(),
  language: said.exactOptional(),
  version: z
    .string()
    .regex(/^[0-9a-f]{12}$/)
    .exactOptional()
    .describe(
      'changes with the data above: a portal that has stored the same one has nothing to do',
    ),
})

export const chatShape = z.strictObject({
  id: said.describe('where an answer goes: the chat of sendMessage'),
  name: said.exactOptional(),
  url: said.exactOptional(),
  kind: z.enum(['private', 'group', 'channel']).exactOptional(),
  thread: z
    .strictObject({ id: said, name: said.exactOptional() })
    .exactOptional()
    .describe('the thread of a chat that this conversation is'),
})

export const fileShape = z.strictObject({
  url: said.describe('of the channel, or a link of the hub that holds for 24 h'),
  kind: z.enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']),
  name: said.exactOptional(),
  mime: said.exactOptional(),
  size: z.number().min(0).exactOptional().describe('bytes'),
  expiresAt: instant.exactOptional(),
})

export const locationShape = z.strictObject({
  latitude: z.number(),
  longitude: z.number(),
  title: said.exactOptional(),
  address: said.exactOptional(),
})

export const contactShape = z.strictObject({
  name: said.exactOptional(),
  phone: said.exactOptional(),
})

export const messageShape = z.strictObject({
  id: said.describe("the channel's own id of the message"),
  date: instant.exactOptional(),
  text: said.exactOptional().describe("in the portal's text format"),
  files: z.array(fileShape).exactOptional(),
  replyTo: z.strictObject({ id: said, text: said.exactOptional() }).exactOptional(),
  location: locationShape.exactOptional(),
  contact: contactShape.exactOptional(),
  forwarded: isTrue.exactOptional(),
  outgoing: isTrue
    .exactOptional()
    .describe("written by a person of the company in the channel's own inbox"),
})

export const messageReferenceShape = z.strictObject({ id: said })

export const sendErrorShape = z.strictObject({
  code: said.describe("the channel's own code, or one of the hub's (HUB_…)"),
  message: z.string().describe('for a person'),
})

const base = {
  id: eventIdShape.describe('the same event may come again under the same id'),
  at: instant,
}
const fromPerson = { ...base, user: personShape.exactOptional(), chat: chatShape }

function written<const T extends string>(type: T) {
  return z.strictObject({ type: z.literal(type), ...fromPerson, message: messageShape })
}

function inChat<const T extends string>(type: T) {
  return z.strictObject({ type: z.literal(type), ...fromPerson })
}

function chatChange<const T extends string>(type: T) {
  return inChat(type).extend({
    ref: z.string().exactOptional().describe("the deep link's parameter"),
  })
}

const chatReferenceShape = z.strictObject({ id: said })

function ofRun<const T extends string>(type: T) {
  return z.strictObject({
    type: z.literal(type),
    ...base,
    run: runIdShape,
    broadcast: said.describe('its code'),
    state: z.enum(RUN_STATES),
    ...runCounts,
  })
}

/** Those that the hub itself tells. */
const ownEventShapes = {
  'script.notify': z
    .strictObject({
      type: z.literal('script.notify'),
      ...base,
      lead: numberId,
      chat: chatReferenceShape,
      script: reference,
      data: z.record(z.string(), z.unknown()).describe('as the step has it'),
    })
    .describe('a script tells its portal something'),
  'job.finished': z
    .strictObject({
      type: z.literal('job.finished'),
      ...base,
      job: jobIdShape,
      state: z.enum(['done', 'skipped', 'failed', 'cancelled', 'interrupted']),
      lead: numberId.exactOptional(),
      error: jobErrorShape.exactOptional(),
    })
    .describe('a job has ended'),
  'broadcast.progress': ofRun('broadcast.progress').describe('how far a broadcast is'),
  'broadcast.finished': ofRun('broadcast.finished').describe('a broadcast has ended'),
  'dialog.interrupted': z
    .strictObject({
      type: z.literal('dialog.interrupted'),
      ...base,
      chat: chatReferenceShape,
      by: z.strictObject({ notification: numberId, task: taskIdShape }),
    })
    .describe('an urgent notification went into an open dialog'),
  'notification.result': z
    .strictObject({
      type: z.literal('notification.result'),
      ...base,
      task: taskIdShape,
      notification: numberId,
      chat: chatReferenceShape.exactOptional(),
      state: z.enum(['sent', 'delivered', 'failed', 'no_account']),
      result: taskResultShape,
    })
    .describe('what became of a notification'),
} as const

/** Every event by its type, as its portal reads it. */
export const eventShapes = {
  'message.new': written('message.new').describe('somebody has written'),
  'message.updated': written('message.updated').describe('somebody has changed a message'),
  'message.deleted': inChat('message.deleted')
    .extend({ message: messageReferenceShape })
    .describe('a message was deleted'),
  'message.status': z
    .strictObject({
      type: z.literal('message.status'),
      ...base,
      chat: chatShape,
      status: z.enum(['sent', 'delivered', 'read', 'failed', 'noAccount']),
      messageIds: z.array(said).describe("the channel's ids; none if it never got the message"),
      out: outIdShape.exactOptional().describe('of a message that was sent through the hub'),
      key: said.exactOptional().describe("the portal's own name for the message"),
      uncertain: isTrue.exactOptional().describe('it may have been shown twice'),
      error: sendErrorShape.exactOptional(),
    })
    .describe('what became of a message to the channel'),
  reaction: inChat('reaction')
    .extend({
      message: messageReferenceShape,
      added: z.array(said),
      removed: z.array(said),
    })
    .describe('somebody has reacted to a message'),
  button: inChat('button')
    .extend({
      payload: z.string(),
      text: said.exactOptional(),
      message: messageReferenceShape.exactOptional(),
    })
    .describe('somebody has pressed a button'),
  'chat.started': chatChange('chat.started').describe('somebody has opened the chat'),
  'chat.blocked': chatChange('chat.blocked').describe('somebody wants no more messages'),
  'chat.unblocked': chatChange('chat.unblocked').describe('somebody wants messages again'),
  'chat.read': inChat('chat.read').describe('somebody has read what was written'),
  'chat.typing': inChat('chat.typing').describe('somebody is writing'),
  unsupported: z
    .strictObject({
      type: z.literal('unsupported'),
      ...base,
      user: personShape.exactOptional(),
      chat: chatShape.exactOptional(),
      kind: said.describe("the channel's own name of it"),
      message: messageReferenceShape.exactOptional(),
    })
    .describe('what has no form of its own: nothing is dropped silently'),
  ...ownEventShapes,
} as const satisfies {
  [T in PortalEvent['type']]: z.ZodType<Extract<PortalEvent, { type: unknown }>>
}

const [first, ...others] = Object.values(eventShapes)

/** Any event. */
export const eventShape = z.discriminatedUnion('type', [
  first as NonNullable<typeof first>,
  ...others,
])
