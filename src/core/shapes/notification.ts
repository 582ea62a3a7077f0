import { z } from 'zod'
import { isRecord } from '../json.ts'
import { LINE_ID_PATTERN } from '../line.ts'
import { lineParams } from '../line-params.ts'
import { MEDIA_PARAMETERS, TEMPLATE_PARAMETERS } from '../written-template.ts'
import { instant } from './basic.ts'
import { nameField, numberId, pageParams, pageShape, reference } from './comm-fields.ts'

/** What a required field that is missing or blank is refused with. */
export const PLEASE_ENTER = 'Please enter text.'
/** Of a template of the portal's. */
const MAX_EXPRESSION = 4096
const MAX_TEXT = 64 * 1024

const isMissing = ({ input }: { readonly input?: unknown }) => input === undefined || input === null

function required(max: number) {
  return z
    .string({ error: (issue) => (isMissing(issue) ? PLEASE_ENTER : 'must be text') })
    .max(max, `must be at most ${max} characters`)
    .refine((text) => text.trim() !== '', PLEASE_ENTER)
}

const parameterField = z.strictObject({
  type: z.enum(TEMPLATE_PARAMETERS, {
    error: (issue) =>
      isMissing(issue) ? PLEASE_ENTER : 'must be one of image, document, video, body, button_url',
  }),
  value: required(MAX_EXPRESSION),
})

const isMedia = (type: string) => (MEDIA_PARAMETERS as readonly string[]).includes(type)

/** Asked of parameters that have faults of their own, too. */
const atMostOne = (isMeant: (type: string) => boolean, error: string) =>
  [
    (parameters: readonly unknown[]) =>
      parameters.filter((one) => isRecord(one) && isMeant(String(one['type']))).length < 2,
    { error, when: ({ value }: { readonly value: unknown }) => Array.isArray(value) },
  ] as const

const parametersField = z
  .array(parameterField)
  .max(100)
  .refine(...atMostOne(isMedia, 'hold more than one image, document or video'))
  .refine(...atMostOne((type) => type === 'button_url', 'hold more than one button_url'))

const destinationField = z.strictObject(
  {
    connector: required(64),
    line: required(64).refine(
      (line) => line.trim() === '' || LINE_ID_PATTERN.test(line),
      'must be 1 to 64 characters A-Z a-z 0-9 _ . : -',
    ),
  },
  { error: (issue) => (isMissing(issue) ? PLEASE_ENTER : undefined) },
)

const expression = (what: string) =>
  required(MAX_EXPRESSION).describe(`${what}, or {{ data["…"] }}`)

export const saveNotificationParams = z.strictObject({
  id: numberId.optional().describe('of one to change; a new one without'),
  name: required(40),
  destination: destinationField,
  incoming: z
    .array(
      z.strictObject({
        contextKey: required(64)
          .refine((name) => name !== '__proto__', 'this name is not allowed')
          .describe('the name among params'),
        requestKey: expression('a key of the request'),
      }),
    )
    .max(100)
    .optional(),
  templateName: expression('a name'),
  namespace: expression('a namespace'),
  language: expression('a code'),
  text: z.string().max(MAX_TEXT).optional().describe('sent on channels without templates'),
  parameters: parametersField.optional(),
  onSuccess: reference.optional(),
  onFail: reference.optional(),
  onNoAccount: reference.optional(),
})
export type SaveNotificationParams = z.infer<typeof saveNotificationParams>

export const notificationIdParams = z.strictObject({ id: numberId })
export const savedNotificationShape = z.strictObject({ id: numberId, webhook: z.url() })

export const notificationShape = z.strictObject({
  id: numberId,
  webhook: z.url().describe('a secret: who knows it can send'),
  name: z.string(),
  destination: z.strictObject({ connector: z.string(), line: z.string() }),
  incoming: z
    .array(z.strictObject({ contextKey: z.string(), requestKey: z.string() }))
    .exactOptional(),
  templateName: z.string(),
  namespace: z.string(),
  language: z.string(),
  text: z.string().exactOptional(),
  parameters: z
    .array(z.strictObject({ type: z.enum(TEMPLATE_PARAMETERS), value: z.string() }))
    .exactOptional(),
  onSuccess: reference.exactOptional(),
  onFail: reference.exactOptional(),
  onNoAccount: reference.exactOptional(),
  createdAt: instant,
  updatedAt: instant,
})
export const listNotificationsParams = z.strictObject(pageParams)
export const notificationPageShape = pageShape(notificationShape)

export const TASK_STATES = ['queued', 'sent', 'delivered', 'failed', 'no_account'] as const
export const taskIdShape = z.string().startsWith('ntf_')

/** What became of a task, as it is told. */
export const taskResultShape = z.strictObject({
  description: z.string(),
  channel_response: z.unknown().exactOptional().describe("the channel's own answer"),
})

const tokenParams = z.strictObject({
  connector: lineParams.connector.optional(),
  line: lineParams.line.optional(),
  name: nameField,
})
/** For one line, or for all lines of the portal where none is named. */
export const createApiTokenParams = tokenParams.refine(
  ({ connector, line }) => (connector === undefined) === (line === undefined),
  { message: 'give connector and line, or neither', path: ['line'] },
)
export const createdApiTokenShape = z.strictObject({
  token: z.string().startsWith('hbt_').describe('shown once'),
  id: numberId,
})
export const listApiTokensParams = z.strictObject({
  connector: lineParams.connector.optional(),
  line: lineParams.line.optional(),
  ...pageParams,
})
export const apiTokenPageShape = pageShape(
  z.strictObject({
    id: numberId,
    name: z.string(),
    connector: z.string().exactOptional(),
    line: z.string().exactOptional(),
    createdAt: instant,
    usedAt: instant.exactOptional(),
  }),
)
export const revokeApiTokenParams = z.strictObject({
  connector: lineParams.connector.optional(),
  line: lineParams.line.optional(),
  id: numberId,
})
