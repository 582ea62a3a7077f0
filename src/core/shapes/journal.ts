import { z } from 'zod'
import { eventIdShape, instant, openEnum, outIdShape, packetIdShape, said } from './basic.ts'
import { eventShape } from './event.ts'

/** The journal keeps it as text. */
const outcome: z.ZodType<string> = openEnum(['sent', 'retry', 'pause', 'reject', 'release'])

export const stepShape = z.strictObject({
  at: instant,
  step: openEnum([
    'received',
    'repeated',
    'ignored',
    'attempt',
    'accepted',
    'dead',
    'replayed',
    'queued',
    'sent',
    'delivered',
    'read',
    'failed',
  ]),
  ms: z.number().exactOptional(),
  packet: packetIdShape.exactOptional(),
  status: z.int().exactOptional().describe("HTTP, of the portal's answer"),
  error: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  outcome: outcome.exactOptional(),
  code: z.string().exactOptional(),
  message: z.string().exactOptional().describe("the channel's words"),
  nextAt: instant.exactOptional(),
  messageIds: z.array(said).exactOptional(),
})

/** What became of one event or message. */
export const journalItemShape = z.strictObject({
  connector: said,
  line: said,
  direction: z.enum(['in', 'out']),
  evt: eventIdShape.exactOptional(),
  out: outIdShape.exactOptional(),
  chat: z.strictObject({ id: said }).exactOptional(),
  messageIds: z.array(said).exactOptional(),
  steps: z.array(stepShape),
})

/** A portal that never took the end of a line leaves it among its dead letters. */
const deactivatedShape = z.strictObject({
  id: eventIdShape,
  type: z.literal('connector.deactivated'),
  reason: z.string(),
  message: z.string(),
})

export const deadLetterShape = z.strictObject({
  event: z.union([eventShape, deactivatedShape]),
  reason: z.string(),
  deadAt: instant,
})
