import { z } from 'zod'
import { parseRunId } from '../ids.ts'
import { lineParams } from '../line-params.ts'
import { count, instant } from './basic.ts'
import {
  codeField,
  conditionField,
  countOf,
  isoInstant,
  nameField,
  numberId,
  pageParams,
  pageShape,
  paramsField,
  reference,
  rule,
  tagsField,
  timeZoneField,
} from './comm-fields.ts'

export const RUN_STATES = ['scheduled', 'running', 'paused', 'done', 'cancelled', 'failed'] as const
export type RunState = (typeof RUN_STATES)[number]

const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be hh:mm')

export const filterField = z.strictObject({
  tags: tagsField.optional().describe('all of them'),
  notTags: tagsField.optional().describe('none of them'),
  seenAfter: isoInstant.optional(),
  seenBefore: isoInstant.optional(),
  language: z.string().min(1).max(35).optional(),
  condition: conditionField.optional(),
})

export const quietHoursField = z
  .strictObject({ from: timeOfDay, to: timeOfDay, timeZone: timeZoneField })
  .refine(({ from, to }) => from !== to, { message: 'is the same as from', path: ['to'] })

const optOutWord = z
  .string()
  .max(64)
  .refine((word) => word.trim() !== '', 'is blank')

const broadcastFields = {
  name: nameField.optional(),
  script: reference,
  filter: filterField,
  ratePerMinute: z.int().min(1).max(1_000_000).optional(),
  quietHours: quietHoursField.optional(),
  optOut: z
    .array(optOutWord)
    .max(50)
    .optional()
    .describe('who answers with one of these is tagged unsubscribed'),
}

export const saveBroadcastParams = z.strictObject({
  ...lineParams,
  code: codeField,
  ...broadcastFields,
})
export const savedBroadcastShape = z.strictObject({ id: numberId, code: codeField })

/** As it was given. */
export const broadcastShape = z.strictObject({
  id: numberId,
  code: codeField,
  name: z.string().exactOptional(),
  script: reference,
  filter: z.record(z.string(), z.unknown()),
  ratePerMinute: z.int().exactOptional(),
  quietHours: z
    .strictObject({ from: z.string(), to: z.string(), timeZone: z.string() })
    .exactOptional(),
  optOut: z.array(z.string()).exactOptional(),
  createdAt: instant,
  updatedAt: instant,
})
export const broadcastPageShape = pageShape(broadcastShape)

export const startBroadcastParams = z.strictObject({
  ...lineParams,
  code: reference,
  at: isoInstant.optional(),
  params: paramsField.optional(),
})
export const runIdShape = z.string().startsWith('brn_')
export const startedShape = z.strictObject({ run: runIdShape })

const runField = z
  .string()
  .refine((id) => parseRunId(id) !== undefined, 'is no id of a run: they begin with brn_')
export const runParams = z.strictObject({ ...lineParams, run: runField })

const namedRuns = z.strictObject({
  ...lineParams,
  code: reference.optional(),
  id: numberId.optional(),
  ...pageParams,
})

/** Recipients of a run by what has become of them. */
export const runCounts = {
  total: count,
  queued: count,
  sent: count,
  delivered: count,
  read: count,
  failed: count,
  skipped: count,
  blocked: count,
  outsideWindow: count,
}

export const runShape = z.strictObject({
  state: z.enum(RUN_STATES),
  ...runCounts,
  startedAt: instant.exactOptional(),
  finishedAt: instant.exactOptional(),
  etaSec: z.number().min(0).exactOptional(),
})

export const listRunsParams = rule<z.infer<typeof namedRuns>>(
  (params) => countOf(params, ['code', 'id']) === 1,
  'is required, or id',
  'code',
)(namedRuns)
export const runPageShape = pageShape(runShape.extend({ run: runIdShape, createdAt: instant }))
