import { z } from 'zod'
import type { ApiPart } from '../core/api-part.ts'

/** `/healthz`, `/readyz`. */
export const healthApi: ApiPart = {
  paths: {
    '/healthz': {
      get: {
        id: 'getHealth',
        summary: 'the process is up',
        tag: 'operations',
        answers: {
          200: {
            description: 'it is',
            content: { 'application/json': z.strictObject({ status: z.literal('ok') }) },
          },
        },
      },
    },
    '/readyz': {
      get: {
        id: 'getReadiness',
        summary: 'the hub can work',
        description: 'On HUB_ADMIN_LISTEN alone, where that is set.',
        tag: 'operations',
        answers: {
          200: {
            description: 'it can',
            content: { 'application/json': z.strictObject({ status: z.literal('ready') }) },
          },
          503: {
            description: 'it can not',
            content: {
              'application/json': z.strictObject({
                status: z.literal('not ready'),
                reasons: z.array(z.string()),
              }),
            },
          },
        },
      },
    },
  },
}
