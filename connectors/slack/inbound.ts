import type { ParsedUpdate } from '#core/connector.ts'
import type { InboundEvent } from '#core/event.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { lookUp } from '#kit/look-up.ts'
import { digest } from '#kit/parsed.ts'
import { readPress } from './inbound-buttons.ts'
import { readMessageEvent } from './inbound-message.ts'
import { readReaction } from './inbound-reactions.ts'
import { botOf, type EventContext, type KeyedParsed, teamOf } from './inbound-scene.ts'
import { toChat, toPerson } from './people.ts'
import type { SlackSettings } from './settings.ts'
import { callbackSchema, type SlackCallback, sceneSchema, updateSchema } from './types.ts'

const check = updateCheck('an update of Slack')

type EventReader = (event: unknown, context: EventContext) => KeyedParsed

const EVENT_READERS: Readonly<Record<string, EventReader>> = {
  message: readMessageEvent,
  app_mention: readMessageEvent,
  reaction_added: (event, context) => readReaction(event, 'added', context),
  reaction_removed: (event, context) => readReaction(event, 'removed', context),
}

/** With “Delayed Events” an app gets what it didn't take once an hour for a day, after the usual tries. */
const REPEATS_FOR_MS = 25 * 3_600_000

/**
 * One update of Slack's, an event or what a person did with a button → events. Throws BadUpdateError for what is none, or a
 * known kind without the fields it always has.
 */
export function parseUpdate(
  update: unknown,
  { identity }: Line<SlackSettings>,
  receivedAt: number,
): ParsedUpdate {
  const { type, api_app_id: appId } = check(updateSchema, update)
  if (type === 'event_callback')
    return parseCallback(check(callbackSchema, update), identity, receivedAt)
  const context: EventContext = {
    at: receivedAt,
    appId: appId ?? undefined,
    botUsers: botOf(identity),
  }
  const { key = digest(update), ...parsed } =
    type === 'block_actions'
      ? readPress(update, context)
      : { events: [unsupported(type, update, context.at)] }
  return { key: `${type.slice(0, 64)}:${key}`, ...parsed }
}

function parseCallback(
  callback: SlackCallback,
  identity: string | undefined,
  receivedAt: number,
): ParsedUpdate {
  const { event, event_id: id, event_time: seconds, api_app_id: appId } = callback
  const isKnown = id?.slice(0, 128)
  const fallback = `event:${isKnown || digest(callback.event)}`
  if (isForAnother(callback, identity)) {
    return { key: fallback, events: [], ignored: 'for the app in another workspace' }
  }
  const authorized = (callback.authorizations ?? []).flatMap(({ user_id: user, is_bot: isBot }) =>
    isBot && user ? [user] : [],
  )
  const context: EventContext = {
    at: seconds ? seconds * 1000 : receivedAt,
    appId: appId ?? undefined,
    botUsers: [...botOf(identity), ...authorized],
  }
  const reader = lookUp(EVENT_READERS, event.type)
  const { key = fallback, ...parsed } = reader
    ? reader(event, context)
    : { events: [unsupported(event.type, event, context.at)] }
  return { key, ...parsed, repeatsForMs: REPEATS_FOR_MS }
}

/** An app that is installed in several workspaces gets the events of all of them at one Request URL. */
function isForAnother({ authorizations }: SlackCallback, identity: string | undefined): boolean {
  const own = teamOf(identity)
  const teams = (authorizations ?? []).map(({ team_id: team }) => team)
  return own !== undefined && teams.length > 0 && teams.every((team) => team && team !== own)
}

function unsupported(kind: string, update: unknown, at: number): InboundEvent {
  const scene = check(sceneSchema, update)
  const user = idOf(scene.user ?? scene.user_id)
  const channel = idOf(scene.channel ?? scene.channel_id)
  return {
    type: 'unsupported',
    at,
    ...(user === undefined ? {} : { user: toPerson(user) }),
    ...(channel === undefined ? {} : { chat: toChat(channel) }),
    kind: kind.slice(0, 64),
  }
}

function idOf(named: string | { readonly id: string } | undefined): string | undefined {
  return typeof named === 'object' ? named.id : named
}
