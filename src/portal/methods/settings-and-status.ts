import { z } from 'zod'
import { settingsShape, statusShape } from '../../core/shapes/line.ts'
import { lineMethod, lineParams } from './method.ts'

const params = z.strictObject(lineParams)

export const getSettings = lineMethod(
  'getSettings',
  {
    summary: 'the settings of a line, secrets masked',
    params,
    result: z.strictObject({ settings: settingsShape }),
  },
  async (_params, line, { lineOperations }) => ({ settings: lineOperations.settings(line) }),
)

const statusApi = { summary: 'how a line is', params, result: statusShape }

export const getStatus = lineMethod('getStatus', statusApi, async (_params, line, call) =>
  call.lineOperations.status(line),
)
