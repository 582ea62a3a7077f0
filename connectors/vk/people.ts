import { z } from 'zod'
import type { ConnectorMethod } from '#core/connector.ts'
import type { Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpClient } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { parseParams } from '#core/params.ts'
import { type CallOptions, callApi } from './client.ts'
import type { VkSettings } from './settings.ts'

const FIELDS = 'photo_200,screen_name,sex,city'

/** What VK tells of a person; undefined of communities and of nobody. Throws DeliveryError, TransportError. */
export async function readProfile(
  http: HttpClient,
  settings: VkSettings,
  personId: string,
  options: CallOptions,
): Promise<Omit<Person, 'id'> | undefined> {
  const user = await getUser(http, settings, personId, options)
  return user && describe(user)
}

async function getUser(
  http: HttpClient,
  settings: VkSettings,
  personId: string,
  options: CallOptions,
): Promise<Record<string, unknown> | undefined> {
  if (!/^\d{1,15}$/.test(personId)) return undefined
  const call = { method: 'users.get', params: { user_ids: personId, fields: FIELDS } }
  const answer = await callApi(http, settings, call, options)
  const first: unknown = Array.isArray(answer) ? answer[0] : undefined
  return isRecord(first) ? first : undefined
}

function describe(user: Record<string, unknown>): Omit<Person, 'id'> {
  const text = (key: string): string => (typeof user[key] === 'string' ? user[key] : '')
  const name = text('screen_name') || `id${String(user['id'])}`
  const picture = text('photo_200')
  const sex = { 1: 'female', 2: 'male' }[String(user['sex'])] as Person['sex']
  return {
    ...(text('first_name') ? { name: text('first_name') } : {}),
    ...(text('last_name') ? { lastName: text('last_name') } : {}),
    username: name,
    url: `https://vk.com/${name}`,
    ...(URL.canParse(picture) ? { picture: { url: picture } } : {}),
    ...given({ sex }),
  }
}

const paramsSchema = z.strictObject({
  user: z.strictObject({ id: z.string().regex(/^\d{1,15}$/, 'must be the number of a person') }),
})

/** `getUser {user:{id}}` → `{id, name?, lastName?, username?, url?, picture?, sex?, city?}`; the id alone of nobody. */
export function getUserMethod(http: HttpClient): ConnectorMethod<VkSettings> {
  return {
    name: 'getUser',
    async run(params, line, { signal }) {
      const { user } = parseParams(paramsSchema, params)
      const found = await getUser(http, line.settings, user.id, { signal })
      if (!found) return { id: user.id }
      const city = isRecord(found['city']) ? found['city']['title'] : undefined
      return {
        id: user.id,
        ...describe(found),
        ...(typeof city === 'string' && city ? { city } : {}),
      }
    },
  }
}
