import { z } from 'zod'
import type { ApiPart } from '../../../core/api-part.ts'

const hex = z.string().regex(/^[0-9a-f]{32}$/)

const command = z
  .object({
    BX_COMMAND: z.string(),
    BX_LICENCE: hex,
    BX_DOMAIN: z.string(),
    BX_TYPE: z.literal('CP'),
    BX_REGION: z.string().optional(),
    BX_VERSION: z.string(),
    CONNECTOR: z.string(),
    LINE: z.string(),
    DATA: z.string().describe('base64 of the arguments in the format of PHP’s serialize'),
    BX_HASH: hex.describe('md5(md5(values joined by |) + md5(licence key)), in the order sent'),
  })
  .describe('a command of the portal’s own module')

const answer = z
  .object({
    OK: z.boolean(),
    DATA: z.unknown().optional(),
    ERROR: z.array(z.object({ CODE: z.string(), MESSAGE: z.string() })).optional(),
  })
  .describe('what the module reads of an answer')

/** The address where a Bitrix24 portal calls. Its other side is the portal's module, so there is nothing here to write against. */
export const bitrixApi: ApiPart = {
  paths: {
    '/imwebhook/portal.php': {
      post: {
        id: 'bitrix',
        summary: 'takes commands of an on-premise Bitrix24',
        tag: 'portals',
        parameters: [
          ...['connector', 'command'].map((name) => ({
            name,
            in: 'query' as const,
            required: false,
            description: 'of newer modules, and in the form too; not signed and not looked at',
            schema: z.string(),
          })),
        ],
        body: { 'application/x-www-form-urlencoded': command },
        answers: {
          200: {
            description:
              'success and failure alike, the body says which; of what the module doesn’t wait for only the header x-bitrix-error does',
            content: { 'application/json': answer },
          },
        },
      },
    },
  },
}
