import { z } from 'zod'
import type { ConnectorMethod } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { parseParams } from '#core/params.ts'
import { personShape } from '#core/shapes/event.ts'
import { textFields } from '#kit/json-answer.ts'
import type { Outside } from './client.ts'
import { describe, getUser } from './people.ts'
import type { VkSettings } from './settings.ts'

const paramsSchema = z.strictObject({
  user: z.strictObject({ id: z.string().regex(/^\d{1,15}$/, 'must be the number of a person') }),
})

const api = {
  summary: 'what VK tells about a person',
  params: paramsSchema,
  result: personShape.extend({ city: z.string().exactOptional() }),
}

/** `getUser {user:{id}}` → `{id, name?, lastName?, username?, url?, picture?, sex?, city?}`; the id alone of nobody. */
export function getUserMethod(outside: Outside): ConnectorMethod<VkSettings> {
  return {
    name: 'getUser',
    api,
    async run(params, line, { signal }) {
      const { user } = parseParams(paramsSchema, params)
      const found = await getUser(outside, line.settings, user.id, { signal })
      if (!found) return { id: user.id }
      const city = textFields(found['city'])('title')
      return { id: user.id, ...describe(found), ...given({ city }) }
    },
  }
}
