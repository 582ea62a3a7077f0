import { z } from 'zod'
import { isTrue, outIdShape, said } from './basic.ts'
import { sendErrorShape } from './event.ts'

/** The answer of what only queues a message. */
export const queuedShape = z.strictObject({ id: outIdShape, status: z.literal('queued') })

/** How a message to the channel stands. */
export const outStatusShape = z.strictObject({
  id: outIdShape,
  status: z.enum(['queued', 'sent', 'delivered', 'read', 'failed']),
  messageIds: z.array(said),
  error: sendErrorShape.exactOptional(),
  uncertain: isTrue.exactOptional().describe('it may have been shown twice'),
})
