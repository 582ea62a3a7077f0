import { z } from 'zod'
import { given } from '../../core/given.ts'
import { tracePageShape, traceStateShape } from '../../core/shapes/trace.ts'
import { lineMethod, lineParams } from './method.ts'

const MAX_MINUTES = 1440
const DEFAULT_PAGE = 50
const MAX_PAGE = 200

/** Keeps the exchanges of a line with its channel and its portal for some time. */
export const startTrace = lineMethod(
  'startTrace',
  {
    summary: "keeps the line's exchanges with its channel and its portal for some time",
    params: z.strictObject({
      ...lineParams,
      minutes: z.int().min(1).max(MAX_MINUTES),
      bodies: z.boolean().default(false),
    }),
    result: traceStateShape,
  },
  async ({ minutes, bodies }, line, { traceOperations }) =>
    traceOperations.start(line, { minutes, bodies }),
)

export const stopTrace = lineMethod(
  'stopTrace',
  {
    summary: 'ends a trace; what was kept stays',
    params: z.strictObject(lineParams),
    result: z.strictObject({ stopped: z.boolean() }),
  },
  async (_params, line, { traceOperations }) => ({ stopped: await traceOperations.stop(line) }),
)

export const getTrace = lineMethod(
  'getTrace',
  {
    summary: 'what was kept of a traced line, the oldest first',
    params: z.strictObject({
      ...lineParams,
      since: z.iso.datetime({ offset: true, error: 'must be an ISO 8601 instant' }).optional(),
      limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
      cursor: z
        .string()
        .regex(/^[1-9]\d{0,15}$/, 'must be a cursor that getTrace gave')
        .optional(),
    }),
    result: tracePageShape,
  },
  async ({ since, limit, cursor }, line, { traceOperations }) =>
    traceOperations.page(line, {
      limit,
      ...given({ cursor, since: since === undefined ? undefined : Date.parse(since) }),
    }),
)
