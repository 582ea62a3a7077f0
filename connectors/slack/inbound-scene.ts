import type { Chat, InboundEvent, Person } from '#core/event.ts'
import type { Parsed } from '#kit/parsed.ts'
import { toMessageId } from './message-id.ts'
import { toChat, toPerson } from './people.ts'
import { type SlackMessage, sceneSchema } from './types.ts'

/** What is known beside the event itself. */
export interface EventContext {
  /** Epoch milliseconds, where the event has no instant of its own. */
  readonly at: number
  readonly appId: string | undefined
  /** User ids of this app's bot. */
  readonly botUsers: readonly string[]
}

/** What a reader gives; `key` where the update is better named by what it is about than by its id. */
export type KeyedParsed = Parsed & { readonly key?: string }

/** As `testConnect` gives a line's identity. */
export function toIdentity(team: string, botUser: string): string {
  return `${team}:${botUser}`
}

export function teamOf(identity: string | undefined): string | undefined {
  return identity?.split(':')[0]
}

export function botOf(identity: string | undefined): string[] {
  const [, user] = identity?.split(':') ?? []
  return user === undefined ? [] : [user]
}

/** Did this app write it? Slack tells of the hub's own messages like of any other. */
export function isOwn(message: SlackMessage, { appId, botUsers }: EventContext): boolean {
  const { user, app_id: direct, bot_profile: profile } = message
  const author = direct || profile?.app_id
  return Boolean(author && author === appId) || botUsers.includes(user?.id ?? '')
}

export interface Scene {
  readonly user?: Person
  readonly chat?: Chat
  readonly message?: { readonly id: string }
}

/** Who, where and about which message, as far as an update of any kind tells it. */
export function readScene(update: unknown): Scene {
  const scene = sceneSchema.safeParse(update).data ?? {}
  const { user, user_id: userId, channel, channel_id: channelId, channel_type: type } = scene
  const { container, item, message } = scene
  const person = user?.id ?? userId ?? message?.user?.id
  const chat = channel?.id ?? channelId ?? container?.channel_id ?? item?.channel?.id
  const ts = messageIn(scene)
  return {
    ...(person ? { user: toPerson(person, user?.username) } : {}),
    ...(chat ? { chat: toChat(chat, type) } : {}),
    ...(chat && ts ? { message: { id: toMessageId(chat, ts) } } : {}),
  }
}

type Told = Partial<ReturnType<typeof sceneSchema.parse>>

function messageIn({
  message,
  message_ts: direct,
  deleted_ts: deleted,
  previous_message: before,
  container,
  item,
}: Told): string | undefined {
  const around = container?.message_ts ?? item?.ts ?? item?.message?.ts
  return message?.ts ?? direct ?? deleted ?? before?.ts ?? around
}

/** An update that has a kind and can't be carried. */
export function unsupported(kind: string, scene: Scene, at: number): InboundEvent {
  return { type: 'unsupported', at, ...scene, kind: kind.slice(0, 64) }
}
