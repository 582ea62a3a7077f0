import { z } from 'zod'
import { lineMethod, lineParams } from './method.ts'

/** Tries channel and portal; connects the line if both are well. What fails is a result, not an error. */
export const testConnect = lineMethod(
  'testConnect',
  z.strictObject(lineParams),
  async (_params, line, { lineOperations }) => {
    const result = await lineOperations.test(line)
    return { ...result, status: await lineOperations.statusOf(line) }
  },
)
