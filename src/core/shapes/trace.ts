import { z } from 'zod'
import { instant } from './basic.ts'

const halfShape = z.strictObject({
  headers: z.record(z.string(), z.string()),
  bytes: z.int().exactOptional().describe('of the whole body, where bodies are kept'),
  body: z.string().exactOptional().describe('without secrets; at most 64 KiB'),
  isCut: z.literal(true).exactOptional(),
  isBinary: z.literal(true).exactOptional(),
})

/** One HTTP exchange of a traced line, as the hub saw it. */
export const traceItemShape = z.strictObject({
  id: z.int(),
  at: instant,
  direction: z.enum(['in', 'out']).describe('seen from the hub'),
  party: z.enum(['channel', 'portal']),
  method: z.string(),
  address: z.string(),
  status: z.int().exactOptional(),
  error: z.string().exactOptional().describe('why there was no answer'),
  ms: z.number(),
  request: halfShape,
  response: halfShape,
  receivedAt: instant.exactOptional(),
  // What a replay compares: as they were, whatever shape events have by now.
  events: z.array(z.unknown()).exactOptional().describe('that came out of an update'),
  pieces: z.literal(true).exactOptional().describe("the body holds only the line's own pieces"),
})

export const traceStateShape = z.strictObject({ until: instant, bodies: z.boolean() })

export const tracePageShape = z.strictObject({
  items: z.array(traceItemShape),
  cursor: z.string().exactOptional().describe('absent on the last page'),
  trace: traceStateShape.exactOptional().describe('absent: no trace is on'),
})
