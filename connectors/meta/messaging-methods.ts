import { z } from 'zod'
import type { ConnectorMethod } from '#core/connector.ts'
import { parseParams } from '#core/params.ts'
import { personShape } from '#core/shapes/event.ts'
import type { Graph } from './client.ts'
import { readProfile } from './messaging-people.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import type { MetaSettings } from './settings.ts'

const getProfileParams = z.strictObject({
  chat: z.strictObject({ id: z.string().min(1).max(64) }),
})

const api = {
  summary: "a person's name and picture; the picture's address expires",
  params: getProfileParams,
  result: personShape,
}

/** `getProfile {chat:{id}}` → `{id, name?, lastName?, username?, url?, picture?:{url}}`; Meta's picture address expires. */
export function getProfileMethod(
  graph: Graph,
  traits: MessagingTraits,
): ConnectorMethod<MetaSettings> {
  return {
    name: 'getProfile',
    api,
    async run(params, line, { signal }) {
      const { chat } = parseParams(getProfileParams, params)
      const { person, pictureUrl } = await readProfile(chat.id, line, { graph, traits, signal })
      return { id: chat.id, ...person, ...(pictureUrl ? { picture: { url: pictureUrl } } : {}) }
    },
  }
}
