import { z } from 'zod'
import { ParamsError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import { outId, parseNumberedId } from '../../core/ids.ts'
import { outStatusShape } from '../../core/shapes/message.ts'
import { findOutboxMessage } from '../../db/outbox/messages.ts'
import { lineMethod, lineParams } from './method.ts'

const api = {
  summary: 'how a message to the channel stands',
  params: z.strictObject({ ...lineParams, id: z.string().max(64).describe('out_…') }),
  result: outStatusShape,
}

export const getMessageStatus = lineMethod('getMessageStatus', api, async ({ id }, line, call) => {
  const parsed = parseNumberedId('out_', id)
  const message =
    parsed?.lineId === line.id
      ? await findOutboxMessage(call.store, line.id, parsed.seq)
      : undefined
  if (!message) throw new ParamsError([{ field: 'id', problem: 'this line has no such message' }])
  return {
    id: outId(line.id, message.seq),
    status: message.state === 'sending' ? 'queued' : message.state,
    messageIds: message.parts.flat(),
    ...given({ error: message.error, uncertain: message.isUncertain }),
  }
})
