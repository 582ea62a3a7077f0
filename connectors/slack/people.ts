import type { CallContext } from '#core/connector.ts'
import type { Chat, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { textFields } from '#kit/json-answer.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { callApi, type Outside } from './client.ts'
import type { SlackSettings } from './settings.ts'

/** By the id alone: names and pictures aren't in events, see `readProfile`. */
export function toPerson(id: string, username?: string | null): Person {
  return { id, ...given({ username }) }
}

/** Direct messages with the bot, by `channel_type` or by how their ids begin; everywhere else several people may be. */
export function toChat(id: string, type?: string | null): Chat {
  const isPrivate = type ? type === 'im' || type === 'app_home' : id.startsWith('D')
  return { id, kind: isPrivate ? 'private' : 'group' }
}

/** What Slack tells of a person. Needs the scope `users:read`. Throws DeliveryError, TransportError. */
export async function readProfile(
  outside: Outside,
  settings: SlackSettings,
  personId: string,
  call: CallContext,
): Promise<Omit<Person, 'id'> | undefined> {
  const ask = { method: 'users.info', form: { user: personId, include_locale: 'true' } }
  const { user } = await callApi(outside, settings, ask, call)
  return isRecord(user) ? describe(user) : undefined
}

function describe(user: Record<string, unknown>): Omit<Person, 'id'> {
  const account = textFields(user)
  const profile = textFields(user['profile'])
  const first = profile('first_name')
  const picture = profile('image_192')
  return {
    ...given({
      name: first || profile('real_name') || profile('display_name') || account('real_name'),
      lastName: first && profile('last_name'),
      username: account('name'),
    }),
    ...(isWebAddress(picture) ? { picture: { url: picture } } : {}),
    ...given({
      email: profile('email'),
      phone: profile('phone'),
      language: account('locale'),
    }),
  }
}
