import { z } from 'zod'
import { testShape } from '../../core/shapes/line.ts'
import { lineMethod, lineParams } from './method.ts'

/** Tries channel and portal; connects the line if both are well. What fails is a result, not an error. */
export const testConnect = lineMethod(
  'testConnect',
  {
    summary: 'tries channel and portal and connects the line; what fails is a result, not an error',
    params: z.strictObject(lineParams),
    result: testShape,
  },
  async (_params, line, { lineOperations }) => {
    const result = await lineOperations.test(line)
    return { ...result, status: await lineOperations.statusOf(line) }
  },
)
