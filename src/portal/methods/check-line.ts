import { z } from 'zod'
import { lineMethod, lineParams } from './method.ts'

/** How the line is now; its channel is asked once a minute at most. */
export const checkLine = lineMethod(
  'checkLine',
  z.strictObject(lineParams),
  async (_params, line, { lineOperations }) => lineOperations.check(line),
)
