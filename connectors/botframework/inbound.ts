import type { ParsedUpdate } from '#core/connector.ts'
import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpReply } from '#core/http.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import { updateCheck } from '#kit/check-update.ts'
import { textFields } from '#kit/json-answer.ts'
import { words } from '#kit/loose.ts'
import type { Parsed } from '#kit/parsed.ts'
import { emojiOfSkypeId } from '#text/channels/skype-emoticons.ts'
import { readMessage } from './inbound-message.ts'
import { hash, inChat, nameActivity, type Scene, toPayload, unsupported } from './inbound-scene.ts'
import { toChatContext, toUser } from './people.ts'
import type { BotFrameworkSettings } from './settings.ts'
import { type Activity, activitySchema } from './types.ts'

/** An invoke is synchronous: the channel shows an error unless it gets a body. */
const INVOKE_REPLY: HttpReply = { status: 200, body: '{}', contentType: 'application/json' }

const MAX_KEY_LENGTH = 512

/** Teams' first six reactions; further ones have the ids of its emoticons. Unknown names are passed on as they are. */
const REACTIONS: ReadonlyMap<string, string> = new Map([
  ['like', '👍'],
  ['heart', '❤️'],
  ['laugh', '😂'],
  ['surprised', '😮'],
  ['sad', '😢'],
  ['angry', '😠'],
])

const check = updateCheck('an activity')

export interface InboundContext {
  readonly settings: BotFrameworkSettings
  /** The virtual connector's own channel; absent for `botframework`, which takes all. */
  readonly channelId: string | undefined
  readonly receivedAt: number
}

/**
 * One activity to events. Of `channelData` nothing is read but the text of Telegram's own update and the name of a Teams
 * event, and nothing else kept: Slack puts the app's live token there. Throws BadUpdateError for what is no activity.
 */
export function parseActivity(update: unknown, context: InboundContext): ParsedUpdate {
  const activity = check(activitySchema, update)
  const key = toKey(activity)
  const reply = activity.type === 'invoke' ? { reply: INVOKE_REPLY } : {}
  if (context.channelId !== undefined && activity.channelId !== context.channelId) {
    return { key, events: [], ignored: 'channel', ...reply }
  }
  const conversationId = activity.conversation?.id
  if (!conversationId || !activity.channelId) {
    return { key, ...withoutChat(activity, context), ...reply }
  }
  const chatId = toChatId(activity.channelId, conversationId, context.channelId)
  if (isOwnEcho(activity)) {
    const about = { chat: chatId, ...given({ messageId: activity.id }) }
    return { key, events: [], ignored: 'echo', about, ...reply }
  }
  const raw = isRecord(update) ? update : {}
  const scene = toScene(activity, raw, chatId, context)
  const remembered = toChatContext(activity, conversationId)
  return {
    key,
    ...toEvents(scene),
    ...(remembered ? { conversations: [{ chatId, context: remembered }] } : {}),
    ...reply,
  }
}

/**
 * A conversation id is unique within its channel only. A virtual connector serves one channel and keeps the messenger's
 * id as it is. The parent serves all: most ids have a form of their channel's own (`a:…`, `B…:T…:C…`), but Telegram's,
 * GroupMe's and telephone numbers are plain numbers, so there the channel stands before it, or a message could be
 * remembered for, and sent to, a stranger.
 */
export function toChatId(
  channelId: string,
  conversationId: string,
  ownChannelId: string | undefined,
): string {
  const isAmbiguous = ownChannelId === undefined && /^[+-]?\d+$/.test(conversationId)
  return isAmbiguous ? `${channelId}|${conversationId}` : conversationId
}

/** Types that can't mean anything without their conversation; of others it is enough to tell that they came. */
const NEEDS_CHAT = new Set([
  'message',
  'messageUpdate',
  'messageDelete',
  'messageReaction',
  'typing',
])

function withoutChat(activity: Activity, context: InboundContext): Parsed {
  const user = toUser(activity)
  const at = readInstant(activity.timestamp) ?? context.receivedAt
  const kind = nameActivity(activity).slice(0, 128)
  const events: InboundEvent[] = [{ type: 'unsupported', at, kind, ...given({ user }) }]
  if (!NEEDS_CHAT.has(activity.type)) return { events }
  return { events, unreadable: [{ path: 'conversation.id', problem: 'no conversation' }] }
}

/** Of an edit or a deletion without the message's id nothing can be told but that it came. */
function withoutId(scene: Scene): Parsed {
  return { events: [unsupported(scene)], unreadable: [{ path: 'id', problem: 'no id' }] }
}

function isOwnEcho(activity: Activity): boolean {
  const { from, recipient } = activity
  return activity.type === 'message' && !!from?.id && from.id === recipient?.id
}

function toEvents(scene: Scene): Parsed {
  const { activity } = scene
  switch (activity.type) {
    case 'message':
      return { events: readMessage(scene, 'message.new') }
    case 'messageUpdate':
      return activity.id ? { events: readMessage(scene, 'message.updated') } : withoutId(scene)
    case 'messageDelete': {
      const { id } = activity
      if (!id) return withoutId(scene)
      return { events: [{ type: 'message.deleted', ...inChat(scene), message: { id } }] }
    }
    case 'event':
      return readReceipt(scene) ?? { events: [unsupported(scene)] }
    default:
      return { events: [toEvent(scene)] }
  }
}

function toEvent(scene: Scene): InboundEvent {
  switch (scene.activity.type) {
    case 'messageReaction':
      return toReaction(scene)
    case 'typing':
      return { type: 'chat.typing', ...inChat(scene) }
    case 'invoke':
      return toInvoke(scene)
    case 'conversationUpdate':
      return isStart(scene) ? { type: 'chat.started', ...inChat(scene) } : unsupported(scene)
    case 'contactRelationUpdate':
    case 'installationUpdate':
      return toInstallation(scene)
    default:
      return unsupported(scene)
  }
}

/**
 * Teams names the last message that a person has read; what was sent before it was read too. Its ids of messages are
 * instants. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages
 */
function readReceipt({ activity, at, chat }: Scene): Parsed | undefined {
  const { name, value } = activity
  if (name !== 'application/vnd.microsoft.readReceipt' || !isRecord(value)) return undefined
  const id = words.parse(value['lastReadMessageId'])
  if (!id) return undefined
  const base = { type: 'message.status', at, chat, status: 'read' } as const
  const watermark = readInstant(id)
  return {
    events: [
      ...(watermark === undefined ? [] : [{ ...base, messageIds: [], watermark }]),
      { ...base, messageIds: [id] },
    ],
    afterSendsTo: [chat.id],
  }
}

function toReaction(scene: Scene): InboundEvent {
  const { replyToId, reactionsAdded, reactionsRemoved } = scene.activity
  const added = toReactions(reactionsAdded)
  const removed = toReactions(reactionsRemoved)
  if (!replyToId || added.length + removed.length === 0) return unsupported(scene)
  return { type: 'reaction', ...inChat(scene), message: { id: replyToId }, added, removed }
}

function toReactions(reactions: Activity['reactionsAdded']): string[] {
  return (reactions ?? []).map((reaction) => {
    const type = textFields(reaction)('type')
    return REACTIONS.get(type) ?? emojiOfSkypeId(type) ?? (type || 'unknown')
  })
}

/** A card action becomes a `button` event; file consent, sign-in, task modules and the like aren't the hub's. */
function toInvoke(scene: Scene): InboundEvent {
  const { name, value, replyToId } = scene.activity
  const action = isRecord(value) && isRecord(value['action']) ? value['action'] : undefined
  const data = name === 'adaptiveCard/action' ? (action?.['data'] ?? action?.['verb']) : value
  const isCardAction = !name || name === 'adaptiveCard/action'
  const payload = isCardAction ? toPayload(data) : undefined
  if (payload === undefined) return unsupported(scene)
  return {
    type: 'button',
    ...inChat(scene),
    payload,
    ...(replyToId ? { message: { id: replyToId } } : {}),
  }
}

/**
 * The bot in a personal conversation: a person has found it. People coming and going, and the bot in a group, start no
 * chat by themselves; the first message does.
 */
function isStart({ activity, chat }: Scene): boolean {
  const botId = activity.recipient?.id
  if (chat.kind !== 'private' || !botId) return false
  return (activity.membersAdded ?? []).some((member) => member.id === botId)
}

/** Teams' `add-upgrade` and `remove-upgrade` are new versions of an app that stays installed. */
function toInstallation(scene: Scene): InboundEvent {
  if (scene.activity.action === 'add') return { type: 'chat.started', ...inChat(scene) }
  if (scene.activity.action === 'remove') return { type: 'chat.blocked', ...inChat(scene) }
  return unsupported(scene)
}

function toScene(
  activity: Activity,
  raw: Scene['raw'],
  chatId: string,
  context: InboundContext,
): Scene {
  const user = toUser(activity)
  // The subject of an e-mail.
  const name = activity.conversation?.name || activity.conversation?.topic
  return {
    activity,
    raw,
    at: readInstant(activity.timestamp) ?? context.receivedAt,
    chat: { id: chatId, ...given({ name }), kind: toKind(activity.conversation) },
    ...given({ user }),
    settings: context.settings,
  }
}

function toKind(conversation: Activity['conversation']): 'private' | 'group' | 'channel' {
  const type = conversation?.conversationType
  if (type === 'personal') return 'private'
  if (type === 'channel') return 'channel'
  return type || conversation?.isGroup ? 'group' : 'private'
}

/**
 * The spec's identity of an activity is (channel, conversation, id). An edit or a deletion has the id of its message, and
 * a message may be edited many times, so everything but a new message is told apart by its instant and content too.
 */
function toKey(activity: Activity): string {
  const { type, channelId, conversation, id, timestamp } = activity
  if (!id) return `${type}|${hash(JSON.stringify({ ...activity, channelData: undefined }))}`
  const name = [type, channelId ?? '', conversation?.id ?? '', id]
  if (type !== 'message') name.push(timestamp ?? '', hash(contentOf(activity)))
  const key = name.join('|')
  return key.length > MAX_KEY_LENGTH ? `${type}|${hash(key)}` : key
}

function contentOf(activity: Activity): string {
  const { text, attachments, value, reactionsAdded, reactionsRemoved, action } = activity
  return JSON.stringify([text, attachments, value, reactionsAdded, reactionsRemoved, action])
}
