import { z } from 'zod'
import type { ApiPart } from '../core/api-part.ts'
import { refusalShape } from '../core/shapes/error.ts'

const refused = (description: string) => ({
  description,
  content: { 'application/json': refusalShape },
})

const own = { 'text/plain': z.string(), 'application/json': z.unknown() }

const hash = {
  name: 'hash',
  in: 'query',
  required: true,
  description: 'says which line',
  schema: z.string().regex(/^[0-9a-f]{32}$/),
} as const

/** `/webhook`: where every messenger posts. */
export const webhookApi: ApiPart = {
  paths: {
    '/webhook': {
      get: {
        id: 'handshake',
        summary: "answers the channel's handshake",
        tag: 'messengers',
        parameters: [hash],
        answers: {
          200: { description: "the channel's own answer", content: own },
          default: refused('as for POST'),
        },
      },
      post: {
        id: 'takeUpdate',
        summary:
          'takes an update of a channel, in its own form and shown to be its own in its own way',
        description:
          '2xx once everything in it is stored. The same update again within 24 h changes nothing.',
        tag: 'messengers',
        parameters: [hash],
        body: { 'application/json': z.unknown(), '*/*': z.unknown() },
        answers: {
          200: { description: "the channel's own success answer", content: own },
          400: refused('HUB_BAD_UPDATE, HUB_BODY_INCOMPLETE'),
          401: refused('HUB_BAD_SIGNATURE: nothing shows that the channel sent it'),
          404: refused('HUB_UNKNOWN_LINE'),
          405: refused('HUB_METHOD_NOT_ALLOWED'),
          409: refused('HUB_LINE_NOT_CONNECTED'),
          413: refused('HUB_TOO_LARGE'),
          415: refused('HUB_UNSUPPORTED_MEDIA_TYPE'),
          429: refused('HUB_LIMIT: come again after Retry-After'),
          503: refused('nothing was taken: come again after Retry-After'),
          default: refused('another refusal, or a success answer of the channel'),
        },
      },
    },
  },
}
