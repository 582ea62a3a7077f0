import { z } from 'zod'
import { healthShape } from '../../core/shapes/line.ts'
import { lineMethod, lineParams } from './method.ts'

/** How the line is now; its channel is asked once a minute at most. */
export const checkLine = lineMethod(
  'checkLine',
  {
    summary: 'how the line is now; its channel is asked, once a minute at most',
    params: z.strictObject(lineParams),
    result: healthShape,
  },
  async (_params, line, { lineOperations }) => lineOperations.check(line),
)
