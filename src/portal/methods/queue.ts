import { z } from 'zod'
import { given } from '../../core/given.ts'
import { count } from '../../core/shapes/basic.ts'
import { deadLetterShape } from '../../core/shapes/journal.ts'
import { statusShape } from '../../core/shapes/line.ts'
import { seqsOf } from '../../lines/dead-letter-operations.ts'
import { lineMethod, lineParams } from './method.ts'

const MAX_IDS = 1000
const DEFAULT_PAGE = 50
const MAX_PAGE = 200

const eventIds = z.array(z.string().max(64)).max(MAX_IDS)

/** The late acknowledgement of PROTOCOL §5. */
export const confirmDelivery = lineMethod(
  'confirmDelivery',
  {
    summary: 'takes events for which the portal has answered {"ack":"later"}',
    params: z.strictObject({ ...lineParams, events: eventIds.min(1) }),
    result: z.strictObject({ accepted: count }),
  },
  async ({ events }, line, { lineOperations }) => ({
    accepted: await lineOperations.confirm(line, seqsOf(events, line.id)),
  }),
)

export const retryNow = lineMethod(
  'retryNow',
  {
    summary: 'delivers at once, whatever the lock of the line says',
    params: z.strictObject(lineParams),
    result: statusShape,
  },
  async (_params, line, { lineOperations }) => lineOperations.retry(line),
)

const pageSchema = z.strictObject({
  ...lineParams,
  limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().min(1).max(64).optional(),
})

export const listDeadLetters = lineMethod(
  'listDeadLetters',
  {
    summary: 'events that were given up, the oldest first',
    params: pageSchema,
    result: z.strictObject({
      items: z.array(deadLetterShape),
      cursor: z.string().exactOptional(),
    }),
  },
  async ({ limit, cursor }, line, { deadLetterOperations }) =>
    deadLetterOperations.list(line, { limit, ...given({ cursor }) }),
)

const someSchema = z.strictObject({ ...lineParams, events: eventIds.optional() })

/** Puts back all dead letters of the line, or those named. */
export const replayDeadLetters = lineMethod(
  'replayDeadLetters',
  {
    summary: 'puts events back that were given up: all, or those named',
    params: someSchema,
    result: z.strictObject({ replayed: count }),
  },
  async ({ events }, line, { deadLetterOperations }) => ({
    replayed: await deadLetterOperations.replay(line, events),
  }),
)

export const deleteDeadLetters = lineMethod(
  'deleteDeadLetters',
  {
    summary: 'deletes events that were given up: all, or those named',
    params: someSchema,
    result: z.strictObject({ deleted: count }),
  },
  async ({ events }, line, { deadLetterOperations }) => ({
    deleted: await deadLetterOperations.delete(line, events),
  }),
)
