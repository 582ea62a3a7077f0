import { z } from 'zod'
import type { ApiOperation, ApiPart } from '../../../core/api-part.ts'

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

const page = { 'text/html': z.string().describe('what has happened, in the portal’s language') }
const REDIRECT = { 302: { description: 'on to the next page; no body' } }

function popup(
  id: string,
  summary: string,
  parameters: readonly (readonly [name: string, description: string])[],
): { readonly get: ApiOperation } {
  return {
    get: {
      id,
      summary,
      tag: 'portals',
      parameters: parameters.map(([name, description]) => ({
        name,
        in: 'query' as const,
        required: false,
        description,
        schema: z.string(),
      })),
      answers: { ...REDIRECT, default: { description: 'for a person to read', content: page } },
    },
  }
}

const CALLBACK = [
  ['state', 'as the dialog was given it'],
  ['code', 'for the token'],
  ['error', 'instead of a code'],
  ['error_description', 'in words'],
] as const

/** The addresses where a Bitrix24 portal calls, and its pages’ popups. Its other side is the portal's module, so there is nothing here to write against. */
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
    '/oauth/meta/start': popup(
      'bitrixMetaStart',
      'leads a popup of a Bitrix24 portal’s page to Facebook Login',
      [['s', 'what the page was given: good once, for ten minutes']],
    ),
    '/oauth/meta/callback': popup(
      'bitrixMetaCallback',
      'takes what Facebook Login sends back, and leads the popup to the portal’s page',
      CALLBACK,
    ),
    '/oauth/vk/start': popup(
      'bitrixVkStart',
      'leads a popup of a Bitrix24 portal’s page to VK ID, or to the dialog for a community',
      [
        ['s', 'what the page was given: good once, for ten minutes'],
        ['group', 'the community whose token is asked for'],
        ['state', 'the page’s own; not looked at'],
      ],
    ),
    '/oauth/vk/callback': popup(
      'bitrixVkCallback',
      'takes what VK sends back, connects the community that it is for, and leads the popup to the portal’s page',
      [...CALLBACK, ['device_id', 'VK ID gives it with a code']],
    ),
  },
}
