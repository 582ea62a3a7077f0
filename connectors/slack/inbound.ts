import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { textFields } from '#kit/json-answer.ts'
import { lookUp } from '#kit/look-up.ts'
import { digest } from '#kit/parsed.ts'
import { readPress } from './inbound-buttons.ts'
import { looksLikeMessage, readMessageEvent } from './inbound-message.ts'
import { readReaction } from './inbound-reactions.ts'
import {
  botOf,
  type EventContext,
  type KeyedParsed,
  readScene,
  teamOf,
  unsupported,
} from './inbound-scene.ts'
import type { SlackSettings } from './settings.ts'
import { callbackSchema, type SlackCallback, updateSchema } from './types.ts'

const check = updateCheck('an update of Slack')

/** Throws BadUpdateError for an event without what its kind always has. */
type Reader = (event: unknown, context: EventContext) => KeyedParsed

const EVENT_READERS: Readonly<Record<string, Reader>> = {
  message: readMessageEvent,
  app_mention: readMessageEvent,
  reaction_added: (event, context) => readReaction(event, 'added', context),
  reaction_removed: (event, context) => readReaction(event, 'removed', context),
}
const INTERACTION_READERS: Readonly<Record<string, Reader>> = { block_actions: readPress }

const CALLBACK = 'event_callback'

/** With “Delayed Events” an app gets what it didn't take once an hour for a day, after the usual tries. */
const REPEATS_FOR_MS = 25 * 3_600_000

/**
 * One update of Slack's, an event or what a person did with a button → events. What can't be read becomes `unsupported`
 * with all that it tells. Throws BadUpdateError for what names no kind.
 */
export function parseUpdate(
  update: unknown,
  { identity }: Line<SlackSettings>,
  receivedAt: number,
): ParsedUpdate {
  const { type: named, api_app_id: appId, event } = check(updateSchema, update)
  const type = named ?? (isRecord(event) ? CALLBACK : undefined)
  if (type === undefined) throw new BadUpdateError('not an update of Slack: type')
  if (type === CALLBACK) return parseCallback(check(callbackSchema, update), identity, receivedAt)
  const context: EventContext = { at: receivedAt, appId, botUsers: botOf(identity) }
  const reader = lookUp(INTERACTION_READERS, type)
  const read = readKind(reader ? type : nameInteraction(type, update), reader, update, context)
  return { ...read, key: `${type.slice(0, 64)}:${digest(update)}` }
}

/** Which command was given, which shortcut taken, which form sent: `slash_command:/desk`, `message_action:ask`. */
function nameInteraction(type: string, update: unknown): string {
  const named = textFields(update)
  const view = isRecord(update) ? textFields(update['view'])('callback_id') : ''
  const which = named('command') || named('callback_id') || view
  return which ? `${type}:${which}` : type
}

function parseCallback(
  callback: SlackCallback,
  identity: string | undefined,
  receivedAt: number,
): ParsedUpdate {
  const { event = {}, event_id: id, event_time: eventTime, api_app_id: appId } = callback
  const fallback = `event:${id?.slice(0, 128) || digest(callback['event'] ?? callback)}`
  if (isForAnother(callback, identity)) {
    return { key: fallback, events: [], ignored: 'for the app in another workspace' }
  }
  const authorized = (callback.authorizations ?? []).flatMap((one) =>
    one?.is_bot && one.user_id ? [one.user_id] : [],
  )
  const context: EventContext = {
    at: readInstant(eventTime) ?? receivedAt,
    appId,
    botUsers: [...botOf(identity), ...authorized],
  }
  const { type = looksLikeMessage(event) ? 'message' : CALLBACK } = event
  const { key = fallback, ...parsed } = readKind(type, lookUp(EVENT_READERS, type), event, context)
  return { key, ...parsed, repeatsForMs: REPEATS_FOR_MS }
}

/** Without a reader, or if that can't read it, it is `unsupported`. */
function readKind(
  kind: string,
  reader: Reader | undefined,
  update: unknown,
  context: EventContext,
): KeyedParsed {
  const tell = (detail = ''): KeyedParsed => ({
    events: [unsupported(`${kind}${detail}`, readScene(update), context.at)],
  })
  if (!reader) return tell()
  try {
    return reader(update, context)
  } catch (error) {
    if (!(error instanceof BadUpdateError)) throw error
    const subtype = isRecord(update) ? update['subtype'] : undefined
    const detail = typeof subtype === 'string' && subtype !== '' ? `.${subtype}` : ''
    return { ...tell(detail), unreadable: [{ path: kind.slice(0, 64), problem: error.message }] }
  }
}

/**
 * An app that is installed in several workspaces gets the events of all of them at one Request URL. An installation that
 * doesn't say its workspace may be this one.
 */
function isForAnother({ authorizations }: SlackCallback, identity: string | undefined): boolean {
  const own = teamOf(identity)
  const teams = (authorizations ?? []).map((one) => one?.team_id)
  return own !== undefined && teams.length > 0 && teams.every((team) => team && team !== own)
}
