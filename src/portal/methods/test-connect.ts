import { z } from 'zod'
import { statusObject } from '../../lines/status-object.ts'
import { findLine, lineMethod, lineParams } from './method.ts'

/** Tries channel and portal; connects the line if both are well. What fails is a result, not an error. */
export const testConnect = lineMethod(
  'testConnect',
  z.strictObject(lineParams),
  async (params, line, call) => {
    const result = await call.connection.test(line)
    return { ...result, status: await statusObject(call, await findLine(call, params)) }
  },
)
