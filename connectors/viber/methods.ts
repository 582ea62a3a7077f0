import { z } from 'zod'
import type { ConnectorMethod } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { parseParams } from '#core/params.ts'
import { textFields } from '#kit/json-answer.ts'
import { callApi, type Outside } from './client.ts'
import type { ViberSettings } from './settings.ts'

const person = z.strictObject({ id: z.string().min(1).max(128) })
const paramsSchema = z
  .strictObject({ user: person.optional(), chat: person.optional() })
  .refine(({ user, chat }) => user !== undefined || chat !== undefined, {
    path: ['user'],
    message: 'is required',
  })

const said = z.string().min(1).exactOptional()

const api = {
  summary: 'what Viber tells about a person; twice per person in 12 hours',
  params: paramsSchema,
  result: z.strictObject({
    id: z.string(),
    name: said,
    picture: z.strictObject({ url: z.string() }).exactOptional(),
    language: said,
    country: said,
    deviceType: said,
    primaryDeviceOs: said,
    viberVersion: said,
  }),
}

/**
 * `getUserDetails {user:{id}}` (or `chat`, whose id is the same) → `{id, name?, picture?, language?, country?,
 * deviceType?, primaryDeviceOs?, viberVersion?}`. Viber answers it twice per person in 12 hours.
 */
export function getUserDetailsMethod(outside: Outside): ConnectorMethod<ViberSettings> {
  return {
    name: 'getUserDetails',
    api,
    async run(params, line, { signal }) {
      const { user, chat } = parseParams(paramsSchema, params)
      const id = user?.id ?? chat?.id ?? ''
      const ask = { method: 'get_user_details', body: { id } }
      const { user: found } = await callApi(outside, line.settings, ask, { signal })
      return describe(textFields(found), id)
    },
  }
}

function describe(text: (key: string) => string, askedFor: string): object {
  return {
    id: text('id') || askedFor,
    ...given({
      name: text('name'),
      picture: text('avatar') && { url: text('avatar') },
      language: text('language'),
      country: text('country'),
      deviceType: text('device_type'),
      primaryDeviceOs: text('primary_device_os'),
      viberVersion: text('viber_version'),
    }),
  }
}
