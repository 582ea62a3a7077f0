import { z } from 'zod'
import { given } from '../../core/given.ts'
import { seqsOf } from '../../lines/dead-letter-operations.ts'
import { lineMethod, lineParams } from './method.ts'

const MAX_IDS = 1000
const DEFAULT_PAGE = 50
const MAX_PAGE = 200

const eventIds = z.array(z.string().max(64)).max(MAX_IDS)

/** The late acknowledgement of PROTOCOL §5. */
export const confirmDelivery = lineMethod(
  'confirmDelivery',
  z.strictObject({ ...lineParams, events: eventIds.min(1) }),
  async ({ events }, line, { lineOperations }) => ({
    accepted: await lineOperations.confirm(line, seqsOf(events, line.id)),
  }),
)

export const retryNow = lineMethod(
  'retryNow',
  z.strictObject(lineParams),
  async (_params, line, { lineOperations }) => lineOperations.retry(line),
)

const pageSchema = z.strictObject({
  ...lineParams,
  limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().max(64).optional(),
})

export const listDeadLetters = lineMethod(
  'listDeadLetters',
  pageSchema,
  async ({ limit, cursor }, line, { deadLetterOperations }) =>
    deadLetterOperations.list(line, { limit, ...given({ cursor }) }),
)

const someSchema = z.strictObject({ ...lineParams, events: eventIds.optional() })

/** Puts back all dead letters of the line, or those named. */
export const replayDeadLetters = lineMethod(
  'replayDeadLetters',
  someSchema,
  async ({ events }, line, { deadLetterOperations }) => ({
    replayed: await deadLetterOperations.replay(line, events),
  }),
)

export const deleteDeadLetters = lineMethod(
  'deleteDeadLetters',
  someSchema,
  async ({ events }, line, { deadLetterOperations }) => ({
    deleted: await deadLetterOperations.delete(line, events),
  }),
)
