import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import { updateCheck } from '#kit/check-update.ts'
import {
  type EventContext,
  type KeyedParsed,
  readScene,
  type Scene,
  unsupported,
} from './inbound-scene.ts'
import { LINK_ACTION, PRESS_ACTION } from './outbound-buttons.ts'
import { actionSchema, pressSchema } from './types.ts'

const check = updateCheck('an interaction of Slack')

/**
 * Pressed buttons, of the hub's messages and of others of the app: https://docs.slack.dev/reference/interaction-payloads.
 * Buttons that open a page are told of as well, and not passed on. Throws BadUpdateError if nothing was done.
 */
export function readPress(update: unknown, context: EventContext): KeyedParsed {
  const { actions } = check(pressSchema, update)
  const scene = readScene(update)
  const events = actions.flatMap((action) => readAction(action, scene, context))
  return events.length > 0 ? { events } : { events, ignored: 'a link was opened' }
}

function readAction(raw: unknown, scene: Scene, context: EventContext): InboundEvent[] {
  const action = actionSchema.safeParse(raw).data ?? {}
  const { type, action_id: id, action_ts: ts, value, text } = action
  if (id?.startsWith(LINK_ACTION)) return []
  const at = readInstant(ts) ?? context.at
  const { chat } = scene
  const words = text?.text
  const payload = value || words
  const isButton = type === 'button' || (!type && id?.startsWith(PRESS_ACTION))
  if (!isButton || !chat || !payload) {
    const kind = type ? `block_actions.${type}` : 'block_actions'
    return [unsupported(kind, scene, at)]
  }
  return [{ type: 'button', at, ...scene, chat, payload, ...given({ text: words }) }]
}
