import { z } from 'zod'
import { parseJobId } from '../ids.ts'
import { chatParam, lineParams } from '../line-params.ts'
import { count, instant } from './basic.ts'
import {
  conditionField,
  countOf,
  isoInstant,
  keyField,
  leadField,
  newTagsField,
  pageParams,
  pageShape,
  paramsField,
  periodField,
  personField,
  reference,
  rule,
  seconds,
  tagsField,
  timeZoneField,
} from './comm-fields.ts'

export const JOB_STATES = [
  'scheduled',
  'running',
  'waiting',
  'done',
  'skipped',
  'failed',
  'cancelled',
  'interrupted',
] as const
export type JobState = (typeof JOB_STATES)[number]

export const jobIdShape = z.string().startsWith('job_')
export const jobErrorShape = z.strictObject({
  code: z.string(),
  message: z.string().describe('for a person'),
})
const jobIdField = z
  .string()
  .refine((id) => parseJobId(id) !== undefined, 'is no id of a job: they begin with job_')

const jobFields = {
  script: reference.optional(),
  trigger: reference.optional(),
  broadcast: reference.optional(),
  lead: leadField.optional(),
  chat: chatParam.optional(),
  person: personField.optional().describe('whose recipient was seen last'),
  runAt: isoInstant.optional(),
  runAfterSec: seconds.optional(),
  periodSec: periodField.optional(),
  cron: z.string().min(9).max(128).optional().describe('five fields'),
  timeZone: timeZoneField.optional().describe("of cron; the portal's if absent"),
  until: isoInstant.optional().describe('no repetition after it'),
  condition: conditionField.optional(),
  params: paramsField.optional(),
  addTags: newTagsField.optional(),
  removeTags: tagsField.optional(),
  key: keyField.optional().describe('the same key within 24 h gives the same job'),
}

const WHAT = ['script', 'trigger', 'broadcast'] as const
const WHOM = ['lead', 'chat', 'person'] as const

const isOneThing = rule<JobParams>(
  (params) => countOf(params, WHAT) === 1,
  'give exactly one of script, trigger and broadcast',
)
const hasNobodyOfBroadcast = rule<JobParams>(
  (params) => params['broadcast'] === undefined || countOf(params, WHOM) === 0,
  'a broadcast finds its recipients by itself: leave out lead, chat and person',
)
const isOneStart = rule<JobParams>(
  (params) => countOf(params, ['runAt', 'runAfterSec']) < 2,
  'give only one of runAt and runAfterSec',
)
const isOneRhythm = rule<JobParams>(
  (params) => countOf(params, ['periodSec', 'cron']) < 2,
  'give only one of periodSec and cron',
)
const isOnePerson = rule<JobParams>(
  (params) => countOf(params, WHOM) < 2,
  'give only one of lead, chat and person',
)
const isSomebody = rule<JobParams>(
  (params) => params['broadcast'] !== undefined || countOf(params, WHOM) > 0,
  'is required, or chat or person',
  'lead',
)

const plainJob = z.strictObject(jobFields)
const lineJob = z.strictObject({ ...lineParams, ...jobFields })
export type JobParams = z.infer<typeof plainJob>
export type ScheduleJobParams = z.infer<typeof lineJob>

/** As code schedules a job: of the job's own line, and for its own recipient where it names nobody. */
export const botJobSchema = [
  isOneThing,
  hasNobodyOfBroadcast,
  isOneStart,
  isOneRhythm,
  isOnePerson,
].reduce((schema, add) => add(schema), plainJob as z.ZodType<JobParams>)

export const scheduleJobParams = [
  isOneThing,
  hasNobodyOfBroadcast,
  isOneStart,
  isOneRhythm,
  isOnePerson,
  isSomebody,
].reduce(
  (schema, add) => (add as unknown as Widened)(schema),
  lineJob as z.ZodType<ScheduleJobParams>,
)
type Widened = (schema: z.ZodType<ScheduleJobParams>) => z.ZodType<ScheduleJobParams>

export const scheduledShape = z.strictObject({ id: jobIdShape, dueAt: instant })

export const jobShape = z.strictObject({
  id: jobIdShape,
  state: z.enum(JOB_STATES),
  dueAt: instant,
  attempt: count,
  position: count.describe('steps begun'),
  lead: leadField.exactOptional(),
  script: reference.exactOptional(),
  trigger: reference.exactOptional(),
  broadcast: reference.exactOptional(),
  run: z.string().startsWith('brn_').exactOptional(),
  key: z.string().exactOptional(),
  error: jobErrorShape.exactOptional(),
  createdAt: instant.exactOptional(),
  finishedAt: instant.exactOptional(),
})

export const jobParams = z.strictObject({ ...lineParams, id: jobIdField })
export const listJobsParams = z.strictObject({
  ...lineParams,
  state: z.enum(JOB_STATES).optional(),
  lead: leadField.optional(),
  ...pageParams,
})
export const jobPageShape = pageShape(jobShape)
