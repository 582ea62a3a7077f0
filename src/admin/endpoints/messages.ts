import { z } from 'zod'
import { given } from '../../core/given.ts'
import { idText } from '../../core/id-text.ts'
import { outId, parseNumberedId } from '../../core/ids.ts'
import { MAX_CHAT_ID_LENGTH } from '../../core/line.ts'
import { RefusedRequestError } from '../../core/route.ts'
import { knownChatsShape } from '../../core/shapes/admin.ts'
import { journalItemShape } from '../../core/shapes/journal.ts'
import { outStatusShape, queuedShape } from '../../core/shapes/message.ts'
import type { recipientShape } from '../../core/shapes/recipient.ts'
import { tracePageShape, traceStateShape } from '../../core/shapes/trace.ts'
import { lineAndPortal, lineOf } from '../access.ts'
import { EVERYBODY, endpoint } from '../endpoint.ts'
import { narrowing } from '../narrowing.ts'
import { limitQuery, textQuery } from '../queries.ts'
import { byMethod } from './by-method.ts'

/** Longer than any id that a portal was given, and than any key it may give. */
const MAX_ID = 255
const MAX_TRACE_PAGE = 200
const MAX_CHATS = 50

const findMessages = endpoint({
  method: 'GET',
  path: '/messages',
  id: 'findMessages',
  summary: "what became of a message, by an id of the hub's, the channel's or the portal's own",
  scopes: EVERYBODY,
  query: z.strictObject({
    id: idText(MAX_ID),
    line: z
      .string()
      .regex(/^[1-9]\d{0,15}$/, "must be a line's number")
      .optional(),
    chat: idText(MAX_CHAT_ID_LENGTH).optional(),
  }),
  answer: z.strictObject({ items: z.array(journalItemShape) }),
  async run({ scope, query: { id, line, chat } }, desk) {
    const named =
      line === undefined ? undefined : await lineOf({ scope, params: { id: line } }, desk)
    if ((await narrowing(scope, desk)) === 'none') return { items: [] }
    const ofScope =
      scope.kind === 'line' ? { connector: scope.connector, line: scope.line } : undefined
    const ofLine = named && { connector: named.connector, line: named.externalId }
    const portalId = named?.portalId ?? (scope.kind === 'operator' ? undefined : scope.portalId)
    const found = await desk.messages.find({
      id,
      ...given({ portalId, chat }),
      ...(ofLine ?? ofScope),
    })
    return { items: found.map(({ item }) => item) }
  },
})

const getTrace = endpoint({
  method: 'GET',
  path: '/lines/:id/trace',
  id: 'getLineTrace',
  summary: 'what was kept of a traced line, the oldest first',
  scopes: EVERYBODY,
  query: z.strictObject({
    since: z.string().max(64).optional(),
    limit: limitQuery(MAX_TRACE_PAGE),
    cursor: z.string().min(1).max(64).optional(),
  }),
  answer: tracePageShape,
  async run(call, desk) {
    const { line, portal } = await lineAndPortal(call, desk)
    const page = await byMethod(desk, portal, line, 'getTrace', given(call.query))
    return page as z.infer<typeof tracePageShape>
  },
})

const startTrace = endpoint({
  method: 'POST',
  path: '/lines/:id/trace',
  id: 'startLineTrace',
  summary: "keeps the line's exchanges with its channel and its portal for some time",
  scopes: EVERYBODY,
  body: z.strictObject({ minutes: z.unknown(), bodies: z.boolean().optional() }),
  answer: traceStateShape,
  async run(call, desk) {
    const { line, portal } = await lineAndPortal(call, desk)
    const state = await byMethod(desk, portal, line, 'startTrace', call.body)
    return state as z.infer<typeof traceStateShape>
  },
})

const stopTrace = endpoint({
  method: 'DELETE',
  path: '/lines/:id/trace',
  id: 'stopLineTrace',
  summary: 'ends a trace; what was kept stays',
  scopes: EVERYBODY,
  answer: z.strictObject({ stopped: z.boolean() }),
  async run(call, desk) {
    const { line, portal } = await lineAndPortal(call, desk)
    return (await byMethod(desk, portal, line, 'stopTrace')) as { stopped: boolean }
  },
})

type Recipients = { readonly items: readonly z.infer<typeof recipientShape>[] }

const listChats = endpoint({
  method: 'GET',
  path: '/lines/:id/chats',
  id: 'listLineChats',
  summary: 'known chats of a line, for a test message',
  scopes: EVERYBODY,
  query: z.strictObject({ q: textQuery(), limit: limitQuery(MAX_CHATS) }),
  answer: knownChatsShape,
  async run(call, desk) {
    const { line, portal } = await lineAndPortal(call, desk)
    const params = given(call.query)
    const page = (await byMethod(desk, portal, line, 'listRecipients', params)) as Recipients
    const items = page.items.map((one) => ({
      id: one.chat.id,
      ...given({ title: titleOf(one) }),
      lastAt: one.lastSeenAt ?? one.firstSeenAt,
    }))
    return { items: items.sort((a, b) => b.lastAt.localeCompare(a.lastAt)) }
  },
})

function titleOf({ name, lastName, username, phone }: Recipients['items'][number]): string {
  return [name, lastName].filter(Boolean).join(' ') || username || phone || ''
}

const sendMessage = endpoint({
  method: 'POST',
  path: '/lines/:id/messages',
  id: 'sendLineMessage',
  summary: 'queues a message to a chat',
  scopes: EVERYBODY,
  body: z.strictObject({
    chat: z.unknown(),
    message: z.unknown(),
    key: z.unknown().optional(),
  }),
  answer: queuedShape,
  async run(call, desk) {
    const { line, portal } = await lineAndPortal(call, desk)
    const queued = await byMethod(desk, portal, line, 'sendMessage', call.body)
    return queued as z.infer<typeof queuedShape>
  },
})

const getMessage = endpoint({
  method: 'GET',
  path: '/lines/:id/messages/:out',
  id: 'getLineMessage',
  summary: 'how a message to the channel stands',
  scopes: EVERYBODY,
  answer: outStatusShape,
  async run(call, desk) {
    const { line, portal } = await lineAndPortal(call, desk)
    const parsed = parseNumberedId('out_', call.params['out'] ?? '')
    if (parsed?.lineId !== line.id) {
      throw new RefusedRequestError('HUB_UNKNOWN_PATH', 'this line has no such message')
    }
    const id = outId(line.id, parsed.seq)
    const status = await byMethod(desk, portal, line, 'getMessageStatus', { id })
    return status as z.infer<typeof outStatusShape>
  },
})

export const MESSAGE_ENDPOINTS = [
  findMessages,
  getTrace,
  startTrace,
  stopTrace,
  listChats,
  sendMessage,
  getMessage,
]
