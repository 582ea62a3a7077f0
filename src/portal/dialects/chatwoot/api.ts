import { z } from 'zod'
import type { ApiPart } from '../../../core/api-part.ts'

const webhook = z
  .object({
    event: z.string().describe('message_created, message_updated, conversation_typing_on …'),
    id: z.number().optional(),
    content: z.string().nullish(),
    message_type: z.string().optional(),
    private: z.boolean().optional(),
  })
  .describe('what Chatwoot posts of an inbox; only what the hub looks at first is named here')

const refused = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

function refusal(description: string) {
  return { description, content: { 'application/json': refused } }
}

/** The address where Chatwoot calls. Its other side is Chatwoot itself, so there is nothing here to write against. */
export const chatwootApi: ApiPart = {
  paths: {
    '/chatwoot/{portal}/{line}': {
      post: {
        id: 'chatwoot',
        summary: "takes webhooks of a line's inbox at Chatwoot",
        tag: 'portals',
        parameters: [
          {
            name: 'portal',
            in: 'path',
            required: true,
            description: "the portal's id",
            schema: z.string().startsWith('prt_'),
          },
          {
            name: 'line',
            in: 'path',
            required: true,
            description: "the hub's own number of the line",
            schema: z.string(),
          },
          {
            name: 'token',
            in: 'query',
            required: true,
            description: 'shows that the hub has given this address out',
            schema: z.string(),
          },
        ],
        body: { 'application/json': webhook },
        answers: {
          200: {
            description: 'durably queued, or nothing to do',
            content: { 'application/json': z.object({}) },
          },
          400: refusal('HUB_BAD_UPDATE: no JSON, or about another inbox'),
          401: refusal('HUB_BAD_SIGNATURE: wrong token or signature, old timestamp'),
          403: refusal('HUB_PORTAL_DISABLED'),
          413: refusal('HUB_TOO_LARGE'),
          429: refusal('HUB_LIMIT: what was posted is found later all the same'),
          500: refusal('HUB_INTERNAL'),
          503: refusal('HUB_STORE_UNAVAILABLE: what was posted is found later all the same'),
        },
      },
    },
  },
}
