import { z } from 'zod'
import { given } from '../../core/given.ts'
import { instant } from '../../core/shapes/basic.ts'
import { portalMethod } from './method.ts'

export const rotateSecret = portalMethod(
  'rotateSecret',
  {
    summary: 'gives the portal a new secret; the old one holds for 24 h more',
    params: z.strictObject({
      revokeOld: z.boolean().default(false).describe('the old one ends at once'),
    }),
    result: z.strictObject({ secret: z.string().startsWith('whsec_'), oldValidUntil: instant }),
  },
  async ({ revokeOld }, { portalOperations, portal }) => {
    const { id, calledWith } = portal
    const rotated = await portalOperations.rotate(id, { revokeOld, ...given({ calledWith }) })
    if (!rotated) throw new Error('a portal that has just called is gone')
    const { secret, oldValidUntil } = rotated
    return { secret, oldValidUntil: new Date(oldValidUntil).toISOString() }
  },
)
