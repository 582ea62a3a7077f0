import { z } from 'zod'
import type { ConnectorContext, ConnectorMethod } from '#core/connector.ts'
import { isRecord } from '#core/json.ts'
import { parseParams } from '#core/params.ts'
import { callApi } from './client.ts'
import type { ViberSettings } from './settings.ts'

const person = z.strictObject({ id: z.string().min(1).max(128) })
const paramsSchema = z
  .strictObject({ user: person.optional(), chat: person.optional() })
  .refine(({ user, chat }) => user !== undefined || chat !== undefined, {
    path: ['user'],
    message: 'is required',
  })

/**
 * `getUserDetails {user:{id}}` (or `chat`, whose id is the same) → `{id, name?, picture?, language?, country?,
 * deviceType?, primaryDeviceOs?, viberVersion?}`. Viber answers it twice per person in 12 hours.
 */
export function getUserDetailsMethod({ http }: ConnectorContext): ConnectorMethod<ViberSettings> {
  return {
    name: 'getUserDetails',
    async run(params, line, { signal }) {
      const { user, chat } = parseParams(paramsSchema, params)
      const id = user?.id ?? chat?.id ?? ''
      const call = { method: 'get_user_details', body: { id } }
      const { user: found } = await callApi(http, line.settings, call, { signal })
      return describe(isRecord(found) ? found : {}, id)
    },
  }
}

function describe(user: Record<string, unknown>, askedFor: string): Record<string, unknown> {
  const text = (key: string): string => (typeof user[key] === 'string' ? user[key] : '')
  const fields = {
    id: text('id') || askedFor,
    name: text('name'),
    picture: text('avatar') && { url: text('avatar') },
    language: text('language'),
    country: text('country'),
    deviceType: text('device_type'),
    primaryDeviceOs: text('primary_device_os'),
    viberVersion: text('viber_version'),
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}
