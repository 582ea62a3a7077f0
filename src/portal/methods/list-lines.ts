import { z } from 'zod'
import { portalMethod } from './method.ts'
import { statusObjects } from './status-object.ts'

export const listLines = portalMethod('listLines', z.strictObject({}), async (_params, call) =>
  statusObjects(call, await call.lines.list(call.portal.id)),
)
