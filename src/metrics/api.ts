import { z } from 'zod'
import type { ApiPart } from '../core/api-part.ts'
import { refusalShape } from '../core/shapes/error.ts'

/** `/metrics`. */
export const metricsApi: ApiPart = {
  paths: {
    '/metrics': {
      get: {
        id: 'getMetrics',
        summary: 'what is to be measured, as Prometheus reads it',
        description:
          'Only where HUB_ADMIN_TOKEN or HUB_ADMIN_LISTEN is set; on HUB_ADMIN_LISTEN it asks for no token.',
        tag: 'operations',
        access: 'admin',
        answers: {
          200: { description: 'Prometheus text', content: { 'text/plain': z.string() } },
          401: {
            description: 'HUB_BAD_TOKEN',
            content: { 'application/json': refusalShape },
          },
          429: {
            description: 'HUB_LIMIT: too many wrong tokens',
            content: { 'application/json': refusalShape },
          },
        },
      },
    },
  },
}
