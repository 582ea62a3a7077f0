import { z } from 'zod'
import { lineMethod, lineParams } from './method.ts'

const schema = z.strictObject(lineParams)

export const getSettings = lineMethod(
  'getSettings',
  schema,
  async (_params, line, { lineOperations }) => ({ settings: lineOperations.settings(line) }),
)

export const getStatus = lineMethod('getStatus', schema, async (_params, line, call) =>
  call.lineOperations.status(line),
)
