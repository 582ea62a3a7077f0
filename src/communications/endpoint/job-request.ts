import { z } from 'zod'
import type { FieldFault } from '../../core/errors.ts'
import { isWellFormed } from '../../core/id-text.ts'
import type { JsonObject } from '../../core/json.ts'
import { MAX_TAG_LENGTH, MAX_TAGS } from '../../core/recipient.ts'
import {
  codeField,
  conditionField,
  countOf,
  leadField,
  numberId,
  paramsField,
  rule,
} from '../../core/shapes/comm-fields.ts'
import type { JobParams } from '../../core/shapes/job.ts'
import { nameProblem, UNSHOWN_PROBLEM } from '../../core/shapes/name-text.ts'
import { parseLocal } from '../schedule/local-time.ts'
import { dailyAt } from '../schedule/plan.ts'

/** A hundred years. */
const MAX_SECONDS = 3_153_600_000
const LEAST_PERIOD_SEC = 60
const MINUTE_MS = 60_000

const tagList = z
  .string()
  .refine((text) => readTags(text).length <= MAX_TAGS, `hold more than ${MAX_TAGS} tags`)
  .refine(
    (text) => readTags(text).every((tag) => tag.length <= MAX_TAG_LENGTH && isWellFormed(tag)),
    `each tag must have 1 to ${MAX_TAG_LENGTH} characters`,
  )
  .describe('tag1,tag2')
const newTagList = tagList.refine(
  (text) => readTags(text).every((tag) => nameProblem(tag) === undefined),
  UNSHOWN_PROBLEM,
)

const fields = {
  script_id: numberId.optional(),
  trigger_id: numberId.optional(),
  broadcast_id: numberId.optional(),
  script_code: codeField.optional(),
  trigger_code: codeField.optional(),
  broadcast_code: codeField.optional(),
  lead_id: leadField.optional(),
  ticket_id: z.int().optional().describe('handed on as params.ticket_id'),
  run_at: z
    .string()
    .refine(
      (text) => parseLocal(text, 'UTC') !== undefined,
      'must be a time such as 2030-01-31 09:00:00',
    )
    .optional()
    .describe("YYYY-MM-DD hh:mm:ss in the portal's time zone"),
  run_after_sec: z.int().min(0).max(MAX_SECONDS).optional(),
  is_periodic: z
    .boolean()
    .optional()
    .describe('every run_after_sec, or daily at the time of run_at'),
  condition_script_code: conditionField.optional(),
  script_request_params: paramsField.optional(),
  add_tags: newTagList.optional(),
  remove_tags: tagList.optional(),
}

const WHAT = [
  'script_id',
  'trigger_id',
  'broadcast_id',
  'script_code',
  'trigger_code',
  'broadcast_code',
] as const
const BROADCAST = ['broadcast_id', 'broadcast_code'] as const

const plain = z.strictObject(fields)
export type JobRequest = z.infer<typeof plain>

const START = ['run_at', 'run_after_sec'] as const

const isPeriodic = (body: Record<string, unknown>) => body['is_periodic'] === true

interface Rule {
  readonly field: string
  readonly problem: string
  isMet(body: Record<string, unknown>): boolean
}

const RULES: readonly Rule[] = [
  {
    field: 'script_id',
    problem: `give exactly one of ${WHAT.join(', ')}`,
    isMet: (body) => countOf(body, WHAT) === 1,
  },
  {
    field: 'lead_id',
    problem: 'is required',
    isMet: (body) => countOf(body, BROADCAST) > 0 || body['lead_id'] !== undefined,
  },
  {
    field: 'lead_id',
    problem: 'a broadcast finds its recipients by itself',
    isMet: (body) => countOf(body, BROADCAST) === 0 || body['lead_id'] === undefined,
  },
  {
    field: 'run_after_sec',
    problem: 'give only one of run_at and run_after_sec',
    isMet: (body) => countOf(body, START) < 2,
  },
  {
    field: 'is_periodic',
    problem: 'needs run_after_sec or run_at',
    isMet: (body) => !isPeriodic(body) || countOf(body, START) > 0,
  },
  {
    field: 'run_after_sec',
    problem: `must be at least ${LEAST_PERIOD_SEC} for what repeats`,
    isMet: (body) => !isPeriodic(body) || !(Number(body['run_after_sec']) < LEAST_PERIOD_SEC),
  },
]

export const jobRequestSchema = RULES.reduce(
  (schema, { field, problem, isMet }) => rule<JobRequest>(isMet, problem, field)(schema),
  plain as z.ZodType<JobRequest>,
)

/** Of a request whose fields have faults, too: some of those keep the schema from looking at its rules. */
export function brokenRules(body: Record<string, unknown>): FieldFault[] {
  return RULES.filter(({ isMet }) => !isMet(body)).map(({ field, problem }) => ({ field, problem }))
}

/** How a field of the request is called as a param of a job, the other way round. */
export function fieldOf(param: string, body: JobRequest): string {
  const [name = '', ...rest] = param.split('.')
  const asked = WHAT.find((field) => field.startsWith(name) && body[field] !== undefined)
  return [NAMES[name] ?? asked ?? name, ...rest].join('.')
}

const NAMES: Readonly<Record<string, string>> = {
  params: 'script_request_params',
  lead: 'lead_id',
  condition: 'condition_script_code',
  runAt: 'run_at',
  runAfterSec: 'run_after_sec',
  periodSec: 'run_after_sec',
  addTags: 'add_tags',
  removeTags: 'remove_tags',
}

/** As `scheduleJob` takes it. `timeZone`: the portal's. */
export function toJobParams(body: JobRequest, timeZone: string): JobParams {
  const params: JsonObject = {
    ...body.script_request_params,
    ...(body.ticket_id === undefined ? {} : { ticket_id: body.ticket_id }),
  }
  return {
    script: body.script_id ?? body.script_code,
    trigger: body.trigger_id ?? body.trigger_code,
    broadcast: body.broadcast_id ?? body.broadcast_code,
    lead: body.lead_id,
    condition: body.condition_script_code,
    addTags: body.add_tags === undefined ? undefined : readTags(body.add_tags),
    removeTags: body.remove_tags === undefined ? undefined : readTags(body.remove_tags),
    params,
    ...toTiming(body, timeZone),
  }
}

function toTiming(
  { run_at: local, run_after_sec: runAfterSec, is_periodic: repeats = false }: JobRequest,
  timeZone: string,
): Partial<JobParams> {
  if (local === undefined) {
    return { runAfterSec, ...(repeats ? { periodSec: runAfterSec } : {}) }
  }
  const at = parseLocal(local, timeZone) ?? 0
  if (!repeats) return { runAt: new Date(at).toISOString() }
  // What is daily is so to the minute.
  const runAt = new Date(Math.floor(at / MINUTE_MS) * MINUTE_MS).toISOString()
  return { runAt, cron: dailyAt(local), timeZone }
}

function readTags(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim())
  return [...new Set(tags.filter((tag) => tag !== ''))]
}
