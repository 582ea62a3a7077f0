import { updateCheck } from '#kit/check-update.ts'
import { emojiOfSlackName } from '#text/channels/slack-emoji.ts'
import type { EventContext, KeyedParsed } from './inbound-scene.ts'
import { readInstant, toMessageId } from './message-id.ts'
import { toChat, toPerson } from './people.ts'
import { reactionSchema } from './types.ts'

const check = updateCheck('a reaction of Slack')

/** Names of a workspace's own pictures stay names. https://docs.slack.dev/reference/events/reaction_added */
export function readReaction(
  event: unknown,
  change: 'added' | 'removed',
  context: EventContext,
): KeyedParsed {
  const { user, reaction, item, event_ts: eventTs } = check(reactionSchema, event)
  if (context.botUsers.includes(user)) return { events: [], ignored: "this app's own reaction" }
  const { type, channel, ts } = item
  const base = { at: readInstant(eventTs) ?? context.at, user: toPerson(user) }
  if (type !== 'message' || !channel || !ts) {
    const kind = `reaction_${change}.${type.slice(0, 40)}`
    return { events: [{ type: 'unsupported', ...base, kind }] }
  }
  const emoji = emojiOfSlackName(reaction) ?? reaction
  return {
    events: [
      {
        type: 'reaction',
        ...base,
        chat: toChat(channel),
        message: { id: toMessageId(channel, ts) },
        added: change === 'added' ? [emoji] : [],
        removed: change === 'removed' ? [emoji] : [],
      },
    ],
  }
}
