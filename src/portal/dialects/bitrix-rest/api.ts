import { z } from 'zod'
import type { ApiAnswer, ApiOperation, ApiPart } from '../../../core/api-part.ts'

const FORM = 'application/x-www-form-urlencoded'
const HTML = { 'text/html': z.string() }
const REFUSED: Readonly<Record<string, ApiAnswer>> = {
  401: {
    description: 'it could not be shown to come from a portal that the hub knows',
    content: HTML,
  },
  403: { description: 'HUB_PORTAL_DISABLED', content: HTML },
  413: { description: 'HUB_TOO_LARGE', content: HTML },
  429: { description: 'HUB_LIMIT: come again after Retry-After', content: HTML },
  503: { description: 'HUB_STORE_UNAVAILABLE', content: HTML },
}

/** What Bitrix24 posts when it opens a page of an application. */
const opened = z.object({
  AUTH_ID: z.string(),
  AUTH_EXPIRES: z.string().optional(),
  REFRESH_ID: z.string(),
  SERVER_ENDPOINT: z.string().optional(),
  member_id: z.string(),
  PLACEMENT: z.string().optional(),
  PLACEMENT_OPTIONS: z.string().optional().describe('JSON: {"LINE":7,…}'),
})

/** Its addresses: they are for Bitrix24 alone, which knows them from the application. */
export function bitrixRestApi(): ApiPart {
  const look: Omit<ApiOperation, 'id'> = {
    summary: 'says what the address is for',
    tag: 'portals',
    answers: { 401: { description: 'a page for people', content: HTML } },
  }
  const post = (id: string, summary: string, body: z.ZodType): ApiOperation => {
    const done = { description: 'done', content: HTML }
    return {
      id,
      summary,
      tag: 'portals',
      body: { [FORM]: body },
      answers: { 200: done, ...REFUSED },
    }
  }
  return {
    inputs: { BitrixRestPage: opened },
    paths: {
      '/b24/install': {
        get: { ...look, id: 'b24.install.page' },
        post: post('b24.install', 'Bitrix24 has installed the application', opened),
      },
      '/b24/settings': {
        get: { ...look, id: 'b24.settings.page' },
        post: post(
          'b24.settings',
          "the page on which a line is connected, in the portal's frame, and its form",
          z.union([opened, z.object({ hub_token: z.string(), hub_action: z.string() })]),
        ),
      },
      '/b24/events': {
        post: post(
          'b24.events',
          'an event of Bitrix24: nested names as PHP writes them',
          z.object({ event: z.string() }),
        ),
      },
    },
  }
}
