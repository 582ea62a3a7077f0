import { z } from 'zod'
import { instant, portalId } from '../../core/shapes/basic.ts'
import { portalMethod } from './method.ts'

export const ping = portalMethod(
  'ping',
  {
    summary: 'is the hub there, and does it believe this portal?',
    params: z.strictObject({}),
    result: z.strictObject({ portal: portalId, time: instant }),
  },
  async (_params, { portal, clock }) => ({
    portal: portal.id,
    time: new Date(clock.now()).toISOString(),
  }),
)
