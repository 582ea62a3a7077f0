import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { JsonObject } from '#core/json.ts'
import type { Parsed } from '#kit/parsed.ts'
import { readCaption, readContent } from './inbound-content.ts'
import { type MessageContext, unsupported } from './inbound-context.ts'
import { withPhone } from './people.ts'
import { editSchema, type Message, revokeSchema, systemSchema } from './types.ts'

/**
 * An edit of an earlier message. Meta tells edits of numbers that are used in the WhatsApp Business app beside the API:
 * https://developers.facebook.com/docs/whatsapp/embedded-signup/custom-flows/onboarding-business-app-users
 */
export function readEdit(
  message: Message,
  { base, isEcho }: MessageContext,
): readonly InboundEvent[] | undefined {
  const edit = editSchema.safeParse(message['edit']).data
  if (!edit) return undefined
  const { original_message_id: id, message: changed } = edit
  const value = changed[changed.type]
  // The caption of a file that stays as it is comes without the file.
  const content = readContent(changed.type, value) ?? readCaption(value)
  if (!content) return undefined
  const outgoing = isEcho ? ({ outgoing: true } as const) : {}
  return [{ type: 'message.updated', ...base, message: { id, ...content, ...outgoing } }]
}

export function readRevoke(
  message: Message,
  { base }: MessageContext,
): readonly InboundEvent[] | undefined {
  const revoke = revokeSchema.safeParse(message['revoke']).data
  if (!revoke) return undefined
  return [{ type: 'message.deleted', ...base, message: { id: revoke.original_message_id } }]
}

/**
 * A notice about the person, in the form of a message of theirs. If they have a new number or id, their chat goes on under
 * its name and is written to by that. `known`: what is remembered of the chat.
 */
export function readSystem(message: Message, { base }: MessageContext, known: JsonObject): Parsed {
  const system = systemSchema.safeParse(message['system']).data
  const kind = `system:${system?.type ?? ''}`
  if (base.chat.kind === 'group') return { events: [unsupported(message, kind, base)] }
  const to = system?.new_wa_id || system?.wa_id || ''
  const recipient = system?.new_user_id || system?.user_id || ''
  // A new number brings a new id with it; the chat has the name of the old one.
  const id = system?.previous_user_id || base.chat.id
  const chat = { ...base.chat, id }
  const user = withPhone({ ...base.user, id }, to)
  const events = [unsupported(message, kind, { ...base, chat, user })]
  if (to === '' && recipient === '') return { events }
  return {
    events,
    conversations: [{ chatId: id, context: { ...known, ...given({ to, recipient }) } }],
  }
}
