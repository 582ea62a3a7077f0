import { z } from 'zod'
import type { ApiOperation, ApiPart } from '../../core/api-part.ts'
import { instant } from '../../core/shapes/basic.ts'
import { numberId } from '../../core/shapes/comm-fields.ts'
import { fieldFaultShape } from '../../core/shapes/error.ts'
import { jobIdShape } from '../../core/shapes/job.ts'
import { TASK_STATES, taskIdShape, taskResultShape } from '../../core/shapes/notification.ts'
import { jobRequestSchema } from './job-request.ts'

const errors = z.strictObject({ errors: z.array(fieldFaultShape) })
const status = z.strictObject({ status: z.string() })

const faulty = (description: string) => ({ description, content: { 'application/json': errors } })
const refused = (description: string) => ({ description, content: { 'application/json': status } })

const address = {
  name: 'address',
  in: 'path',
  required: true,
  description: 'the id of the slot, two colons, 32 hex digits: a secret',
  schema: z.string(),
} as const

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'the same one within 24 h does nothing new and gets the same answer',
  schema: z.string().max(128),
} as const

const requestShape = z
  .looseObject({
    phone_number: z
      .string()
      .optional()
      .describe('of channels that know people by it: 10 to 18 digits, with or without a plus sign'),
    chat_id: z.union([z.string(), z.int()]).optional().describe('of all others'),
    is_urgent: z.boolean().optional().describe('goes at once, and interrupts a dialog'),
  })
  .describe("with anything else that the slot's expressions look at")

const takeNotification: ApiOperation = {
  id: 'notify',
  summary: 'asks for one notification',
  tag: 'other systems',
  parameters: [address, idempotencyKey],
  body: { 'application/json': requestShape },
  answers: {
    200: {
      description: 'durably queued',
      content: {
        'application/json': z.strictObject({ status: z.string(), task_id: taskIdShape }),
      },
    },
    400: refused('not JSON, or it names no recipient'),
    404: refused('there is no such notification, or its line is gone or not connected'),
    405: refused('only POST'),
    409: refused('Idempotency-Key was used for another request'),
    413: refused('larger than 1 MiB'),
    429: refused("over the portal's limit: come again after Retry-After"),
    503: refused('nothing was taken: come again after Retry-After'),
  },
}

/** What other systems call, each with a secret of its own. */
export const endpointApi: ApiPart = {
  paths: {
    '/bots/{botId}/jobs/schedule': {
      post: {
        id: 'scheduleJobOfBot',
        summary: 'schedules a job of a line',
        tag: 'other systems',
        description: 'Also with the token as Authorization: Bearer.',
        parameters: [
          {
            name: 'botId',
            in: 'path',
            required: true,
            description: "the line's number: `bot` of its status",
            schema: z.int().positive(),
          },
          {
            name: 'Authentication',
            in: 'header',
            required: false,
            description: 'a token of createApiToken',
            schema: z.string().startsWith('hbt_'),
          },
          idempotencyKey,
        ],
        body: { 'application/json': jobRequestSchema },
        answers: {
          200: {
            description: 'scheduled',
            content: {
              'application/json': z.strictObject({ job_id: jobIdShape, run_at: instant }),
            },
          },
          400: faulty('every faulty field'),
          401: faulty('no token of this hub'),
          404: faulty('there is no such bot, script or recipient'),
          409: faulty('Idempotency-Key was used for another request'),
          413: faulty('larger than 1 MiB'),
          415: faulty('only application/json'),
          429: faulty("over the portal's limit: come again after Retry-After"),
          503: faulty('nothing was taken: come again after Retry-After'),
        },
      },
    },
    '/notification/{address}/chat': {
      get: {
        id: 'notifyByGet',
        summary: 'refused: only POST',
        tag: 'other systems',
        parameters: [address],
        answers: { 405: refused('only POST') },
      },
      post: takeNotification,
    },
    '/notification/{address}/tasks/{taskId}': {
      get: {
        id: 'getNotificationTask',
        summary: 'what has become of a notification',
        tag: 'other systems',
        parameters: [
          address,
          {
            name: 'taskId',
            in: 'path',
            required: true,
            description: 'task_id of the answer',
            schema: z.string().startsWith('ntf_'),
          },
        ],
        answers: {
          200: {
            description: 'as it stands',
            content: {
              'application/json': z.strictObject({
                task: taskIdShape,
                notification: numberId,
                chat: z.strictObject({ id: z.string() }),
                state: z.enum(TASK_STATES),
                result: z.union([taskResultShape, z.null()]).describe('null while it is queued'),
              }),
            },
          },
          404: refused('there is no such notification or task'),
        },
      },
    },
  },
}
