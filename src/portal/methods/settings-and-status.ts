import { z } from 'zod'
import { maskSettings } from '../../core/settings.ts'
import { statusObject } from '../../lines/status-object.ts'
import { lineMethod, lineParams } from './method.ts'

const schema = z.strictObject(lineParams)

export const getSettings = lineMethod(
  'getSettings',
  schema,
  async (_params, line, _call, entry) => ({
    settings: maskSettings(entry.descriptor.fields, line.settings),
  }),
)

export const getStatus = lineMethod('getStatus', schema, async (_params, line, call) =>
  statusObject(call, line),
)
