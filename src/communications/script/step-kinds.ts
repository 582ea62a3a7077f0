import { z } from 'zod'
import { idText } from '../../core/id-text.ts'
import { isRecord } from '../../core/json.ts'
import { linesProblem, UNSHOWN_PROBLEM } from '../../core/shapes/name-text.ts'
import { hasContent, newMessageSchema } from '../../core/written-message.ts'
import { templateSchema } from '../../core/written-template.ts'
import { isMarkup } from './json-walk.ts'

/** 30 days, s. */
export const MAX_WAIT_SEC = 2_592_000
export const MAX_CALL_TIMEOUT_MS = 10_000
export const SCRIPT_CODE = /^[a-z0-9_.-]{1,64}$/
export const CALL_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

const MAX_CODE = 64 * 1024

export interface StepFault {
  readonly path: readonly PropertyKey[]
  readonly problem: string
}

const seconds = z.number().max(MAX_WAIT_SEC, 'must be at most 2592000 seconds (30 days)')
const attribute = idText(128)
const code = z
  .string()
  .max(MAX_CODE)
  .refine((text) => text.trim() !== '', 'is empty')
/** A list, or a single one. May be a template, so its length is known only when it is rendered. */
const tagsOf = (tag: z.ZodType<string>) =>
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(tag).max(100))
const MAX_TAG = 1000
const writtenTag = z
  .string()
  .min(1)
  .max(MAX_TAG)
  .refine((text) => linesProblem(text) === undefined, UNSHOWN_PROBLEM)
/** Checked where they stand, by themselves. */
const list = z.unknown().optional()

/** Names of HTTP headers that the hub sets itself, or that would change how the request is read. */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'is no name of a header')
  .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), 'is set by the hub')
/** Without line breaks and other signs that would end a header. */
const headerValue = z
  .string()
  .max(8192)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'holds signs that no header may hold')

const httpAddress = z
  .string()
  .max(4096)
  .refine((text) => {
    const url = URL.parse(text)
    const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:'
    return isHttp && url.username === '' && url.password === ''
  }, 'must be an http or https address without a password')

/** A call as it goes out, when its templates are rendered. */
export const requestSchema = z.strictObject({
  url: httpAddress,
  headers: z.record(headerName, headerValue).optional(),
  body: z.json().optional(),
})

const SCHEMAS = {
  send: z.strictObject({ send: newMessageSchema }),
  sendTemplate: z.strictObject({ sendTemplate: templateSchema }),
  wait: z.strictObject({ wait: seconds.min(0) }),
  waitReply: z.strictObject({
    waitReply: z.strictObject({
      timeoutSec: seconds.positive(),
      save: attribute.optional(),
      onTimeout: list,
    }),
  }),
  tag: z.strictObject({
    tag: z
      .strictObject({
        add: tagsOf(writtenTag).optional(),
        remove: tagsOf(z.string().min(1).max(MAX_TAG)).optional(),
      })
      .refine((tag) => (tag.add ?? tag.remove) !== undefined, 'is empty: give add or remove'),
  }),
  set: z.strictObject({
    set: z
      .record(attribute, z.json())
      .refine((set) => Object.keys(set).length > 0, 'is empty: name an attribute'),
  }),
  if: z.strictObject({ if: code, then: list, else: list }),
  call: z.strictObject({
    call: z.strictObject({
      ...requestSchema.shape,
      method: z.enum(CALL_METHODS).optional(),
      timeoutMs: z.int().min(1).max(MAX_CALL_TIMEOUT_MS).optional(),
      save: idText(64).optional(),
      onError: list,
    }),
    onError: list,
  }),
  code: z.strictObject({ code }),
  run: z.strictObject({
    run: z.union([z.string().regex(SCRIPT_CODE), z.int().positive()], 'must be a code or an id'),
  }),
  notify: z.strictObject({ notify: z.record(z.string(), z.json()) }),
  end: z.strictObject({ end: z.literal(true) }),
} as const

export type StepKind = keyof typeof SCHEMAS
export const KINDS = Object.keys(SCHEMAS) as readonly StepKind[]

/** Where a kind of step holds steps. `call` takes its `onError` beside or within, as the portal likes. */
export const NESTED: Readonly<Record<string, readonly (readonly string[])[]>> = {
  if: [['then'], ['else']],
  waitReply: [['waitReply', 'onTimeout']],
  call: [['onError'], ['call', 'onError']],
}

export function kindsOf(step: Record<string, unknown>): StepKind[] {
  return KINDS.filter((kind) => Object.hasOwn(step, kind))
}

/** Every fault of a step but for those of the steps in it. */
export function checkStep(kind: StepKind, step: Record<string, unknown>): StepFault[] {
  const result = SCHEMAS[kind].safeParse(step)
  const issues = result.success ? [] : result.error.issues
  const faults = issues.filter((issue) => !isTemplated(step, issue)).flatMap(toFaults)
  return [...faults, ...(faults.length > 0 ? [] : findMore(kind, step))]
}

/** What a template becomes is known only at run time, and is checked then. */
function isTemplated(step: unknown, issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'unrecognized_keys' || issue.code === 'invalid_key') return false
  const value = issue.path.reduce<unknown>(
    (inside, key) =>
      typeof inside === 'object' && inside !== null
        ? (inside as Record<PropertyKey, unknown>)[key]
        : undefined,
    step,
  )
  return isMarkup(value) && !FIXED.has(issue.path.map(String).join('.'))
}

/** Fields that are read as they stand. */
const FIXED = new Set([
  'wait',
  'waitReply.timeoutSec',
  'waitReply.save',
  'if',
  'code',
  'run',
  'end',
  'call.method',
  'call.timeoutMs',
  'call.save',
])

function toFaults(issue: z.core.$ZodIssue): StepFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], problem: 'unknown field' }))
  }
  if (issue.code === 'invalid_key') {
    const problem = issue.issues[0]?.message ?? issue.message
    return [{ path: issue.path, problem: `the name ${problem}` }]
  }
  return [{ path: issue.path, problem: issue.message }]
}

/** What a schema leaves out once a field of it was at fault, also where the fault was a template. */
function findMore(kind: StepKind, step: Record<string, unknown>): StepFault[] {
  const content = step[kind]
  if (kind === 'if' && step['then'] === undefined) {
    return [{ path: ['then'], problem: 'must be a list of steps' }]
  }
  if (kind === 'call' && isRecord(content)) {
    return step['onError'] !== undefined && content['onError'] !== undefined
      ? [{ path: ['onError'], problem: 'is given twice: beside the call and in it' }]
      : []
  }
  if (kind === 'send' && isRecord(content) && !hasContent(content)) {
    return [{ path: ['send'], problem: 'is empty: give text, files, a location or a contact' }]
  }
  return []
}
