import { z } from 'zod'
import { portalMethod } from './method.ts'

export const rotateSecret = portalMethod(
  'rotateSecret',
  z.strictObject({}),
  async (_params, { portalOperations, portal }) => {
    const rotated = await portalOperations.rotate(portal.id)
    if (!rotated) throw new Error('a portal that has just called is gone')
    const { secret, oldValidUntil } = rotated
    return { secret, oldValidUntil: new Date(oldValidUntil).toISOString() }
  },
)
