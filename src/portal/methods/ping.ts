import { z } from 'zod'
import { portalMethod } from './method.ts'

export const ping = portalMethod(
  'ping',
  z.strictObject({}),
  async (_params, { portal, clock }) => ({
    portal: portal.id,
    time: new Date(clock.now()).toISOString(),
  }),
)
