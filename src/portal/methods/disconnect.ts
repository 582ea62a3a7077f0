import { z } from 'zod'
import { lineMethod, lineParams } from './method.ts'

const schema = z.strictObject({ ...lineParams, purge: z.boolean().default(true) })

export const disconnect = lineMethod('disconnect', schema, async ({ purge }, line, call) => {
  await call.lineOperations.disconnect(line, { purge })
  return { ok: true }
})
