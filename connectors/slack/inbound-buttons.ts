import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import { updateCheck } from '#kit/check-update.ts'
import type { EventContext, KeyedParsed } from './inbound-scene.ts'
import { readInstant, toMessageId } from './message-id.ts'
import { LINK_ACTION } from './outbound-buttons.ts'
import { toChat, toPerson } from './people.ts'
import { pressSchema } from './types.ts'

const check = updateCheck('an interaction of Slack')

/**
 * Pressed buttons, of the hub's messages and of others of the app: https://docs.slack.dev/reference/interaction-payloads.
 * Buttons that open a page are told of as well, and not passed on.
 */
export function readPress(update: unknown, context: EventContext): KeyedParsed {
  const { user, channel, container, actions } = check(pressSchema, update)
  const chatId = channel?.id ?? container?.channel_id
  const ts = container?.message_ts
  const message = chatId && ts ? { message: { id: toMessageId(chatId, ts) } } : {}
  const events = actions.flatMap((action): InboundEvent[] => {
    if (action.action_id?.startsWith(LINK_ACTION)) return []
    const base = {
      at: readInstant(action.action_ts) ?? context.at,
      user: toPerson(user.id, user.username),
    }
    const words = action.text?.text
    const payload = action.value || words
    if (action.type !== 'button' || !chatId || !payload) {
      const chat = chatId ? { chat: toChat(chatId) } : {}
      const kind = `block_actions.${action.type.slice(0, 50)}`
      return [{ type: 'unsupported', ...base, ...chat, kind, ...message }]
    }
    return [
      {
        type: 'button',
        ...base,
        chat: toChat(chatId),
        payload,
        ...given({ text: words }),
        ...message,
      },
    ]
  })
  return events.length > 0 ? { events } : { events, ignored: 'a link was opened' }
}
