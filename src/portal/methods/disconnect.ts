import { z } from 'zod'
import { doneShape } from '../../core/shapes/basic.ts'
import { lineMethod, lineParams } from './method.ts'

const api = {
  summary: "ends the line's connection and deletes its settings",
  params: z.strictObject({
    ...lineParams,
    purge: z.boolean().default(true).describe('delete what waits, too'),
  }),
  result: doneShape,
}

export const disconnect = lineMethod('disconnect', api, async ({ purge }, line, call) => {
  await call.lineOperations.disconnect(line, { purge })
  return { ok: true }
})
