import type { Parsed } from '#kit/parsed.ts'
import type { SlackMessage } from './types.ts'

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
  const author = direct ?? profile?.app_id
  return (author !== undefined && author === appId) || botUsers.includes(user ?? '')
}
