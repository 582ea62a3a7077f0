import { z } from 'zod'
import { makePortalSecret, OLD_SECRET_LIFE_MS } from '../../lines/portal-secrets.ts'
import { portalMethod } from './method.ts'

export const rotateSecret = portalMethod(
  'rotateSecret',
  z.strictObject({}),
  async (_params, call) => {
    const secret = makePortalSecret()
    const oldValidUntil = call.clock.now() + OLD_SECRET_LIFE_MS
    await call.portals.rotate(call.portal.id, secret, oldValidUntil)
    await call.portalDirectory.reload(call.portal.id)
    return { secret, oldValidUntil: new Date(oldValidUntil).toISOString() }
  },
)
