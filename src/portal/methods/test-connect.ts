import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import { findLine, lineMethod, lineParams } from './method.ts'
import { statusObject } from './status-object.ts'

/** Tries channel and portal; connects the line if both are well. What fails is a result, not an error. */
export const testConnect = lineMethod(
  'testConnect',
  z.strictObject(lineParams),
  async (params, line, call) => {
    if (line.status === 'displaced' || line.status === 'disconnected') {
      throw new HubError(
        'HUB_LINE_NOT_CONNECTED',
        'the line has no settings: call saveSettings first',
      )
    }
    const result = await call.connection.test(line)
    return { ...result, status: await statusObject(call, await findLine(call, params)) }
  },
)
