import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import type { Parsed } from '#kit/parsed.ts'
import { unsupported } from './inbound-context.ts'
import { findPerson } from './people.ts'
import { type Contact, callSchema, preferenceSchema } from './types.ts'

/** Calls are none of the hub's business but for who called. `calls:terminate` also stands for a missed one. */
export function readCall(item: unknown, contacts: readonly Contact[], receivedAt: number): Parsed {
  const call = callSchema.safeParse(item).data
  const isOurs = call?.direction === 'BUSINESS_INITIATED'
  const phone = (isOurs ? call?.to : call?.from) ?? ''
  const userId = (isOurs ? call?.to_user_id : call?.from_user_id) ?? ''
  const { user, chat } = findPerson(phone, userId, contacts)
  const at = readInstant(call?.timestamp) ?? receivedAt
  const kind = ['calls', call?.event].filter(Boolean).join(':')
  return { events: [unsupported(call ?? {}, kind, { at, ...given({ user, chat }) })] }
}

/** A person stops the company's advertisements, or takes them again: `user_preferences:marketing_messages:stop`. */
export function readPreference(
  item: unknown,
  contacts: readonly Contact[],
  receivedAt: number,
): Parsed {
  const told = preferenceSchema.safeParse(item).data
  const { user, chat } = findPerson(told?.wa_id ?? '', told?.user_id ?? '', contacts)
  const at = readInstant(told?.timestamp) ?? receivedAt
  const kind = ['user_preferences', told?.category, told?.value].filter(Boolean).join(':')
  const event: InboundEvent = unsupported({}, kind, { at, ...given({ user, chat }) })
  return { events: [event] }
}
