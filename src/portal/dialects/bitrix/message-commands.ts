import { hash } from 'node:crypto'
import { given } from '../../../core/given.ts'
import type { RouteReply } from '../../../core/route.ts'
import { ChatBook } from './chat-book.ts'
import { isShortened } from './chat-id.ts'
import { type CommandCall, CommandError, lineOf } from './command-call.ts'
import { toMessageKey } from './message-key.ts'
import { type OperatorItem, readItem } from './operator-message.ts'
import { valuesOf } from './wire/php-value.ts'

/** What the portal doesn't wait for: no body is read, and it keeps its operator waiting for the head. */
const STORED: RouteReply = { status: 200 }

/** The same change within this time is a proxy's repetition; later it is an operator's who goes back to an earlier text. */
const REPEATED_WITHIN_MS = 5000

/** Queues what operators have written; it is durable when this answers. In the order of the items. */
export async function sendMessages(call: CommandCall): Promise<RouteReply> {
  const line = lineOf(call)
  await all(await items(call), (item) => {
    if (item.isTyping) return inPassing(call, 'sendTyping', { ...line, chat: { id: item.chatId } })
    const message = given({ text: item.text, files: item.files.length > 0 && item.files })
    return queue(call, 'sendMessage', {
      ...line,
      ...given({ key: item.im && toMessageKey(item.im) }),
      chat: { id: item.chatId },
      message,
    })
  })
  return STORED
}

/** A message that went out in several parts has several ids; the text is the first one's. */
export async function updateMessages(call: CommandCall): Promise<RouteReply> {
  const line = lineOf(call)
  await all(await items(call), (item) =>
    queue(call, 'updateMessage', {
      ...line,
      ...given({ key: changeKey(call, item, 'update') }),
      chat: { id: item.chatId },
      message: { id: firstId(item), text: item.text },
    }),
  )
  return STORED
}

/** One item for each of the messenger's ids. */
export async function deleteMessages(call: CommandCall): Promise<RouteReply> {
  const line = lineOf(call)
  const parts = (await items(call)).flatMap((item) => item.messageIds.map((id) => ({ item, id })))
  await all(parts, ({ item, id }) =>
    queue(call, 'deleteMessage', {
      ...line,
      ...given({ key: changeKey(call, { ...item, messageIds: [id] }, 'delete') }),
      chat: { id: item.chatId },
      message: { id },
    }),
  )
  return STORED
}

/** Operators have read what was written in these chats. Best effort: tomorrow it would be untrue. */
export async function markRead(call: CommandCall): Promise<RouteReply> {
  const line = lineOf(call)
  const lastRead = new Map<string, string>()
  for (const { chatId, messageIds } of await items(call)) {
    const [id] = messageIds
    if (id !== undefined) lastRead.set(chatId, id)
  }
  for (const [id, messageId] of lastRead) {
    await inPassing(call, 'markRead', { ...line, chat: { id }, message: { id: messageId } })
  }
  return STORED
}

async function items(call: CommandCall): Promise<OperatorItem[]> {
  const { args, connector = '' } = call
  const read = valuesOf(args[0]).map((item) => readItem(item, connector))
  if (!read.some(({ chatId }) => isShortened(chatId))) return read
  return await Promise.all(read.map((item) => withWholeId(call, item)))
}

/** The id of a chat that was too long for the portal. */
async function withWholeId(call: CommandCall, item: OperatorItem): Promise<OperatorItem> {
  if (!isShortened(item.chatId)) return item
  const { context, portal } = call
  const line = await context.lines.find({ portalId: portal.id, ...lineOf(call) })
  const chatId = line && (await new ChatBook(context.memory.lines).find(line.lineId, item.chatId))
  if (chatId === undefined) throw new CommandError('CHAT_NOT_FOUND', 'the hub knows no such chat')
  return { ...item, chatId }
}

function firstId({ messageIds }: OperatorItem): string {
  const [id] = messageIds
  if (id === undefined)
    throw new CommandError('MESSAGE_NOT_SPECIFIED', 'the change names no message')
  return id
}

async function queue({ context, portal }: CommandCall, method: string, params: object) {
  await context.call(portal, method, params)
}

/** Begins all before it waits for any: what is only queued is queued in this order. Throws the first failure of all. */
async function all<Item>(
  list: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const ends = await Promise.allSettled(list.map(async (item) => work(item)))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/** Not waited for: the channel may take its time, and the operator doesn't. */
async function inPassing(
  { context, portal }: CommandCall,
  method: string,
  params: object,
): Promise<void> {
  context.call(portal, method, params).catch((error: unknown) => {
    context.log.debug(
      { event: 'bitrix.passed-over', portalId: portal.id, method, err: error },
      'what would have been best effort was not done',
    )
  })
}

/** Of a change: the portal may write the same text again later, and means it. */
function changeKey(
  { context }: CommandCall,
  { im, text, messageIds }: OperatorItem,
  kind: 'update' | 'delete',
): string | undefined {
  if (!im) return undefined
  const within = Math.floor(context.clock.now() / REPEATED_WITHIN_MS)
  const digest = hash('sha256', JSON.stringify([text, messageIds, within]), 'base64url')
  return toMessageKey({ ...im, change: { kind, digest: digest.slice(0, 16) } })
}
