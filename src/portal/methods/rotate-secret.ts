import { z } from 'zod'
import { given } from '../../core/given.ts'
import { portalMethod } from './method.ts'

export const rotateSecret = portalMethod(
  'rotateSecret',
  z.strictObject({ revokeOld: z.boolean().default(false) }),
  async ({ revokeOld }, { portalOperations, portal }) => {
    const { id, calledWith } = portal
    const rotated = await portalOperations.rotate(id, { revokeOld, ...given({ calledWith }) })
    if (!rotated) throw new Error('a portal that has just called is gone')
    const { secret, oldValidUntil } = rotated
    return { secret, oldValidUntil: new Date(oldValidUntil).toISOString() }
  },
)
