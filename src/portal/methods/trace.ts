import { z } from 'zod'
import { given } from '../../core/given.ts'
import { lineMethod, lineParams } from './method.ts'

const MAX_MINUTES = 1440
const DEFAULT_PAGE = 50
const MAX_PAGE = 200

/** Keeps the exchanges of a line with its channel and its portal for some time. */
export const startTrace = lineMethod(
  'startTrace',
  z.strictObject({
    ...lineParams,
    minutes: z.int().min(1).max(MAX_MINUTES),
    bodies: z.boolean().default(false),
  }),
  async ({ minutes, bodies }, line, { traceOperations }) =>
    traceOperations.start(line, { minutes, bodies }),
)

export const stopTrace = lineMethod(
  'stopTrace',
  z.strictObject(lineParams),
  async (_params, line, { traceOperations }) => ({ stopped: await traceOperations.stop(line) }),
)

export const getTrace = lineMethod(
  'getTrace',
  z.strictObject({
    ...lineParams,
    since: z.iso.datetime({ offset: true, error: 'must be an ISO 8601 instant' }).optional(),
    limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
    cursor: z
      .string()
      .regex(/^[1-9]\d{0,15}$/, 'must be a cursor that getTrace gave')
      .optional(),
  }),
  async ({ since, limit, cursor }, line, { traceOperations }) =>
    traceOperations.page(line, {
      limit,
      ...given({ cursor, since: since === undefined ? undefined : Date.parse(since) }),
    }),
)
