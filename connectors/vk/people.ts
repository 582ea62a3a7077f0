import type { Chat, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { type CallOptions, callApi, type Outside } from './client.ts'
import type { VkSettings } from './settings.ts'

/** Ids of conversations of several people begin here. */
const FIRST_GROUP_PEER = 2_000_000_000
const FIELDS = 'photo_200,screen_name,sex,city'

/** By the id alone: names and pictures aren't in events, see `readProfile`. Ids of communities are negative. */
export function toPerson(id: number): Person {
  return { id: String(id), url: `https://vk.com/${id < 0 ? 'club' : 'id'}${Math.abs(id)}` }
}

export function toChat(peerId: number): Chat {
  return { id: String(peerId), kind: peerId >= FIRST_GROUP_PEER ? 'group' : 'private' }
}

/** What VK tells of a person; undefined of communities and of nobody. Throws DeliveryError, TransportError. */
export async function readProfile(
  outside: Outside,
  settings: VkSettings,
  personId: string,
  options: CallOptions,
): Promise<Omit<Person, 'id'> | undefined> {
  const user = await getUser(outside, settings, personId, options)
  return user && describe(user)
}

/** VK's own fields of a person; undefined of communities and of nobody. Throws DeliveryError, TransportError. */
export async function getUser(
  outside: Outside,
  settings: VkSettings,
  personId: string,
  options: CallOptions,
): Promise<Record<string, unknown> | undefined> {
  if (!/^\d{1,15}$/.test(personId)) return undefined
  const ask = { method: 'users.get', params: { user_ids: personId, fields: FIELDS } }
  const [first] = listOf(await callApi(outside, settings, ask, options))
  return isRecord(first) ? first : undefined
}

export function describe(user: Record<string, unknown>): Omit<Person, 'id'> {
  const text = textFields(user)
  const name = text('screen_name') || `id${String(user['id'])}`
  const picture = text('photo_200')
  const sex = { 1: 'female', 2: 'male' }[String(user['sex'])] as Person['sex']
  return {
    ...given({ name: text('first_name'), lastName: text('last_name') }),
    username: name,
    url: `https://vk.com/${name}`,
    ...(URL.canParse(picture) ? { picture: { url: picture } } : {}),
    ...given({ sex }),
  }
}
