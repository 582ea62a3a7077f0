import { readInstant } from '#core/instant.ts'
import { updateCheck } from '#kit/check-update.ts'
import { emojiOfSlackName } from '#text/channels/slack-emoji.ts'
import { type EventContext, type KeyedParsed, readScene, unsupported } from './inbound-scene.ts'
import { toMessageId } from './message-id.ts'
import { toChat, toPerson } from './people.ts'
import { reactionSchema } from './types.ts'

const check = updateCheck('a reaction of Slack')

/**
 * Names of a workspace's own pictures stay names. https://docs.slack.dev/reference/events/reaction_added. Throws
 * BadUpdateError if it names no emoji.
 */
export function readReaction(
  event: unknown,
  change: 'added' | 'removed',
  context: EventContext,
): KeyedParsed {
  const { user, reaction, item, event_ts: eventTs } = check(reactionSchema, event)
  if (user && context.botUsers.includes(user.id)) {
    return { events: [], ignored: "this app's own reaction" }
  }
  const at = readInstant(eventTs) ?? context.at
  const { type = 'message', channel, ts } = item ?? {}
  if (type !== 'message' || !channel || !ts) {
    const kind = type === 'message' ? `reaction_${change}` : `reaction_${change}.${type}`
    return { events: [unsupported(kind, readScene(event), at)] }
  }
  const emoji = emojiOfSlackName(reaction) ?? reaction
  return {
    events: [
      {
        type: 'reaction',
        at,
        ...(user ? { user: toPerson(user.id) } : {}),
        chat: toChat(channel.id),
        message: { id: toMessageId(channel.id, ts) },
        added: change === 'added' ? [emoji] : [],
        removed: change === 'removed' ? [emoji] : [],
      },
    ],
  }
}
