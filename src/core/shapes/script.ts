import { z } from 'zod'
import { lineParams } from '../line-params.ts'
import { instant } from './basic.ts'
import {
  codeField,
  conditionField,
  countOf,
  leadField,
  nameField,
  numberId,
  pageParams,
  pageShape,
  paramsField,
  reference,
  rule,
  seconds,
  tagField,
} from './comm-fields.ts'

/** Steps are checked by the communications themselves, which name every fault with its path: `steps[2].then[0].send.text`. */
const stepsField = z.array(z.unknown(), 'must be a list of steps')

export const saveScriptParams = z.strictObject({
  ...lineParams,
  code: codeField,
  name: nameField.optional(),
  steps: stepsField,
})
export const savedScriptShape = z.strictObject({
  id: numberId,
  code: codeField,
  version: z.int().positive(),
})

const named = z.strictObject({
  ...lineParams,
  code: reference.optional(),
  id: numberId.optional(),
})

/** What one script, trigger or broadcast is named by: its code or its id. */
export const namedParams = rule<z.infer<typeof named>>(
  (params) => countOf(params, ['code', 'id']) === 1,
  'is required, or id',
  'code',
)(named)

export const listParams = z.strictObject({ ...lineParams, ...pageParams })

const scriptFields = {
  id: numberId,
  code: codeField,
  name: z.string().exactOptional(),
  version: z.int().positive(),
  createdAt: instant,
  updatedAt: instant,
}
export const scriptShape = z.strictObject({
  ...scriptFields,
  steps: z.array(z.record(z.string(), z.unknown())),
})
export const scriptPageShape = pageShape(z.strictObject(scriptFields))

const testParams = z.strictObject({
  ...lineParams,
  code: reference.optional(),
  steps: stepsField.optional(),
  lead: leadField,
  params: paramsField.optional(),
})
export const testScriptParams = rule<z.infer<typeof testParams>>(
  (params) => countOf(params, ['code', 'steps']) === 1,
  'is required, or steps; not both',
  'code',
)(testParams)

/** What a script would do for a recipient, in order. */
export const testResultShape = z.strictObject({
  state: z.enum(['done', 'failed']),
  actions: z.array(
    z
      .looseObject({
        kind: z.enum([
          'send',
          'sendTemplate',
          'change',
          'notify',
          'bot',
          'wait',
          'waitReply',
          'call',
        ]),
      })
      .describe('what a step would do, with its content'),
  ),
  error: z.strictObject({ code: z.string(), message: z.string() }).exactOptional(),
})

const EVENT_TYPES = new Set([
  'message.new',
  'message.updated',
  'message.deleted',
  'message.status',
  'reaction',
  'button',
  'chat.started',
  'chat.blocked',
  'chat.unblocked',
  'chat.read',
  'chat.typing',
  'unsupported',
  'dialog.opened',
  'dialog.closed',
  'first',
  'api',
])
const MAX_WORD = 255

export const startField = z
  .string()
  .max(MAX_WORD + 5)
  .refine(isStart, 'is nothing that a trigger can start on')
  .describe('an event type, tag:<name>, text:<word>, dialog.opened, dialog.closed, first or api')

function isStart(on: string): boolean {
  if (on.startsWith('tag:')) return tagField.safeParse(on.slice(4)).success
  if (on.startsWith('text:')) return on.slice(5).trim() !== ''
  return EVENT_TYPES.has(on)
}

const triggerParams = z.strictObject({
  ...lineParams,
  code: codeField,
  name: nameField.optional(),
  on: z.array(startField).min(1, 'is empty: name what it starts on').max(50),
  condition: conditionField.optional(),
  script: reference.optional(),
  steps: stepsField.optional(),
  cooldownSec: seconds.optional().describe('at most once per recipient in that time'),
  enabled: z.boolean().optional(),
})
export const saveTriggerParams = rule<z.infer<typeof triggerParams>>(
  (params) => countOf(params, ['script', 'steps']) === 1,
  'is required, or steps; not both',
  'script',
)(triggerParams)
export const savedTriggerShape = z.strictObject({ id: numberId, code: codeField })

export const triggerShape = z.strictObject({
  id: numberId,
  code: codeField,
  name: z.string().exactOptional(),
  on: z.array(z.string()),
  condition: z.string().exactOptional(),
  script: reference.exactOptional(),
  steps: z.array(z.record(z.string(), z.unknown())).exactOptional(),
  cooldownSec: z.number().exactOptional(),
  enabled: z.boolean(),
  createdAt: instant,
  updatedAt: instant,
})
export const triggerPageShape = pageShape(triggerShape)
