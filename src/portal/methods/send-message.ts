import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import { outId } from '../../core/ids.ts'
import type { OutboxKind, OutboxLane } from '../../db/outbox.ts'
import type { ActiveLine } from '../../ingress/line-directory.ts'
import {
  changedMessageSchema,
  deletedMessageSchema,
  newMessageSchema,
  type OutboxPayload,
} from '../../outbox/payload.ts'
import { channelMethod, chatParam, lineParams, type MethodCall } from './method.ts'

const keyParam = { key: z.string().min(1).max(128).optional() }
const laneParam = { lane: z.enum(['dialogue', 'bulk']).optional() }

export const sendMessage = channelMethod(
  'sendMessage',
  z.strictObject({
    ...lineParams,
    ...keyParam,
    ...laneParam,
    chat: chatParam,
    message: newMessageSchema,
  }),
  ({ chat, message, key, lane }, active, call) =>
    enqueue(
      call,
      active,
      { kind: 'send', chatId: chat.id, key, lane },
      { message, format: call.portal.format },
    ),
)

export const updateMessage = channelMethod(
  'updateMessage',
  z.strictObject({ ...lineParams, ...keyParam, chat: chatParam, message: changedMessageSchema }),
  ({ chat, message, key }, active, call, { descriptor }) => {
    if (!descriptor.capabilities.edit) throw unsupported("this channel can't edit messages")
    const payload = { messageId: message.id, text: message.text, format: call.portal.format }
    return enqueue(call, active, { kind: 'update', chatId: chat.id, key }, payload)
  },
)

export const deleteMessage = channelMethod(
  'deleteMessage',
  z.strictObject({ ...lineParams, ...keyParam, chat: chatParam, message: deletedMessageSchema }),
  ({ chat, message, key }, active, call, { descriptor }) => {
    if (!descriptor.capabilities.delete) throw unsupported("this channel can't delete messages")
    const payload = { messageId: message.id }
    return enqueue(call, active, { kind: 'delete', chatId: chat.id, key }, payload)
  },
)

/** Answers once the message is durably queued, not when it is sent. */
async function enqueue(
  call: MethodCall,
  active: ActiveLine,
  what: {
    readonly kind: OutboxKind
    readonly chatId: string
    readonly key: string | undefined
    readonly lane?: OutboxLane | undefined
  },
  payload: OutboxPayload,
): Promise<{ id: string; status: 'queued' }> {
  const { kind, chatId, key, lane = 'dialogue' } = what
  const lineId = active.record.id
  const seq = await call.outbox.enqueue({
    lineId,
    chatId,
    kind,
    lane,
    payload: JSON.stringify(payload),
    ...(key === undefined ? {} : { key }),
  })
  return { id: outId(lineId, seq), status: 'queued' }
}

function unsupported(message: string): HubError {
  return new HubError('HUB_UNSUPPORTED', message)
}
