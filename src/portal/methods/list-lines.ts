import { z } from 'zod'
import { statusObjects } from '../../lines/status-object.ts'
import { portalMethod } from './method.ts'

export const listLines = portalMethod('listLines', z.strictObject({}), async (_params, call) =>
  statusObjects(call, await call.lines.list(call.portal.id)),
)
