import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import { idText } from '../../core/id-text.ts'
import { outId } from '../../core/ids.ts'
import type { MethodApi } from '../../core/method-api.ts'
import { parseParams } from '../../core/params.ts'
import { queuedShape } from '../../core/shapes/message.ts'
import {
  changedMessageSchema,
  deletedMessageSchema,
  newMessageSchema,
  type OutboxPayload,
} from '../../core/written-message.ts'
import type { OutboxKind, OutboxLane } from '../../db/outbox/messages.ts'
import { unknownLine } from '../../lines/line-operations.ts'
import type { RegistryEntry } from '../../registry/registry.ts'
import {
  addressOf,
  chatParam,
  lineParams,
  type Method,
  type MethodCall,
  notConnected,
} from './method.ts'

const keyParam = {
  key: idText(128).optional().describe('your own name for it: within 24 h it is sent once'),
}
const laneParam = {
  lane: z.enum(['dialogue', 'bulk']).optional().describe('bulk: a mailing, dialogue goes first'),
}

const sendApi = {
  summary: 'queues a message to a chat',
  params: z.strictObject({
    ...lineParams,
    ...keyParam,
    ...laneParam,
    chat: chatParam,
    message: newMessageSchema,
  }),
}

export const sendMessage = queueingMethod(
  'sendMessage',
  sendApi,
  ({ lane = 'dialogue', message }, call, { descriptor }) => {
    if (descriptor.capabilities.sends === false) throw unsupported("this channel can't send")
    return { kind: 'send', lane, payload: { message, format: call.portal.format } }
  },
)

const updateApi = {
  summary: 'queues a change of a message that the channel has',
  params: z.strictObject({
    ...lineParams,
    ...keyParam,
    chat: chatParam,
    message: changedMessageSchema,
  }),
}

export const updateMessage = queueingMethod(
  'updateMessage',
  updateApi,
  ({ message }, call, { descriptor }) => {
    if (!descriptor.capabilities.edit) throw unsupported("this channel can't edit messages")
    const { id: messageId, text, buttons } = message
    const payload = { messageId, text, ...given({ buttons }), format: call.portal.format }
    return { kind: 'update', lane: 'dialogue', payload }
  },
)

const deleteApi = {
  summary: 'queues the deletion of a message that the channel has',
  params: z.strictObject({
    ...lineParams,
    ...keyParam,
    chat: chatParam,
    message: deletedMessageSchema,
  }),
}

export const deleteMessage = queueingMethod(
  'deleteMessage',
  deleteApi,
  ({ message }, _call, { descriptor }) => {
    if (!descriptor.capabilities.delete) throw unsupported("this channel can't delete messages")
    return { kind: 'delete', lane: 'dialogue', payload: { messageId: message.id } }
  },
)

interface QueueingParams {
  readonly connector: string
  readonly line: string
  readonly chat: { readonly id: string }
  readonly key?: string | undefined
}

interface Queued {
  readonly kind: OutboxKind
  readonly lane: OutboxLane
  readonly payload: OutboxPayload
}

/**
 * A method that only queues something for a line. It answers once that is durably queued, not when it is sent. Calls of
 * the same line are queued in the order in which they were begun, so a batch need not wait for each: `isQueueing`.
 */
function queueingMethod<P extends QueueingParams>(
  name: string,
  api: Omit<MethodApi<P>, 'result'>,
  plan: (params: P, call: MethodCall, entry: RegistryEntry) => Queued,
): Method {
  return {
    name,
    api: { ...api, result: queuedShape },
    isQueueing: true,
    async run(raw, call) {
      const params = parseParams(api.params, raw)
      const { kind, lane, payload } = plan(
        params,
        call,
        call.lineOperations.findConnector(params.connector),
      )
      const lineId = await call.lineIds.find(addressOf(call.portal, params))
      if (lineId === undefined) throw unknownLine()
      const { chat, key } = params
      const outcome = await call.outbox.enqueue({
        lineId,
        portalId: call.portal.id,
        chatId: chat.id,
        kind,
        lane,
        payload: JSON.stringify(payload),
        ...given({ key, messageId: 'messageId' in payload ? payload.messageId : undefined }),
      })
      if (outcome.kind === 'queued') return { id: outId(lineId, outcome.seq), status: 'queued' }
      if (outcome.kind === 'key-reused') throw keyReused()
      throw outcome.status === undefined ? unknownLine() : notConnected(outcome.status)
    },
  }
}

function keyReused(): HubError {
  const message = 'this key was used in the last 24 h for another message: give each its own'
  return new HubError('HUB_KEY_REUSED', message)
}

function unsupported(message: string): HubError {
  return new HubError('HUB_UNSUPPORTED', message)
}
