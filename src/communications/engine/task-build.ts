import { isRecord, type Json, type JsonObject } from '../../core/json.ts'
import type { TextFormat } from '../../core/portal.ts'
import { leadScope, type Recipient } from '../../core/recipient.ts'
import { MAX_PARAMS_BYTES } from '../../core/shapes/comm-fields.ts'
import { newMessageSchema, type OutboxMessageContent } from '../../core/written-message.ts'
import { templateSchema } from '../../core/written-template.ts'
import type { Task } from '../../db/communications/notification-tasks.ts'
import type { Sandbox, Task as SandboxTask, Scope } from '../sandbox/sandbox.ts'

export interface Asked {
  readonly task: Task
  readonly lead: Recipient
}

export interface BuiltTask {
  /** What the slot takes from the request: params of its text and its scripts. */
  readonly context: JsonObject
  readonly message: OutboxMessageContent
}

export interface BuildOptions {
  readonly now: number
  /** The channel sends templates; others get the slot's text. */
  readonly takesTemplates: boolean
  readonly format: TextFormat
}

/** Expressions by name. */
type Sources = Readonly<Record<string, string>>
type Values = Readonly<Record<string, Json>>

/**
 * What the tasks' slots make of their requests; undefined where an expression fails, or one that has to give something is
 * empty. All of them are evaluated together: asking the sandbox costs as much for one as for a hundred.
 */
export async function buildTasks(
  sandbox: Sandbox,
  asked: readonly Asked[],
  options: BuildOptions,
): Promise<(BuiltTask | undefined)[]> {
  const contexts = (await evaluate(sandbox, asked.map(toContextSources), options.now)).map(
    (values, at) => toContext(asked[at], values),
  )
  const fields = await evaluate(
    sandbox,
    asked.map((one, at) => toFieldSources(one, contexts[at])),
    options.now,
  )
  if (options.takesTemplates) {
    return fields.map((values, at) => toTemplate(asked[at], contexts[at], values))
  }
  return await buildTexts(sandbox, asked, { contexts, fields }, options)
}

interface Evaluation {
  readonly sources: Sources
  readonly scope: Omit<Scope, 'now'>
}

/** The values of all sources of each; undefined where one of them fails. */
async function evaluate(
  sandbox: Sandbox,
  all: readonly (Evaluation | undefined)[],
  now: number,
): Promise<(Values | undefined)[]> {
  const tasks = all.flatMap((one): SandboxTask[] =>
    one && Object.keys(one.sources).length > 0
      ? [{ kind: 'render', template: one.sources, scope: { ...one.scope, now } }]
      : [],
  )
  const outcomes = tasks.length > 0 ? [...(await sandbox.run(tasks))] : []
  return all.map((one) => {
    if (!one) return undefined
    if (Object.keys(one.sources).length === 0) return {}
    const outcome = outcomes.shift()
    return outcome?.ok && isRecord(outcome.value) ? (outcome.value as Values) : undefined
  })
}

function isExpression(source: string): boolean {
  return source.includes('{{') || source.includes('{%')
}

function ownValue(request: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(request, key) ? request[key] : undefined
}

function toContextSources({ task, lead }: Asked): Evaluation {
  const sources = (task.config.incoming ?? []).flatMap(({ requestKey }, at) =>
    isExpression(requestKey) ? [[`i${at}`, requestKey] as const] : [],
  )
  return {
    sources: Object.fromEntries(sources),
    scope: { lead: leadScope(lead), params: {}, data: task.request },
  }
}

/** What isn't in the request is left out. */
function toContext(asked: Asked | undefined, values: Values | undefined): JsonObject | undefined {
  if (!asked || !values) return undefined
  const { config, request } = asked.task
  const entries = (config.incoming ?? []).flatMap(({ contextKey, requestKey }, at) => {
    const value = isExpression(requestKey) ? values[`i${at}`] : ownValue(request, requestKey)
    return value === undefined ? [] : [[contextKey, value] as const]
  })
  const context = Object.fromEntries(entries)
  return Buffer.byteLength(JSON.stringify(context)) > MAX_PARAMS_BYTES ? undefined : context
}

/** The slot's fields that have to give something, by name. */
function fieldsOf({ config }: Task): [name: string, source: string][] {
  const { templateName, namespace, language, parameters = [] } = config
  return [
    ...Object.entries({ templateName, namespace, language }),
    ...parameters.map(({ value }, at): [string, string] => [`p${at}`, value]),
  ]
}

function toFieldSources(
  { task, lead }: Asked,
  context: JsonObject | undefined,
): Evaluation | undefined {
  if (!context) return undefined
  return {
    sources: Object.fromEntries(fieldsOf(task).filter(([, source]) => isExpression(source))),
    scope: { lead: leadScope(lead), params: context, data: task.request },
  }
}

interface Filled {
  readonly name: string
  readonly language: string
  readonly namespace: string
  readonly parameters: readonly { readonly type: string; readonly value: string }[]
}

/** Undefined if one of them is empty. */
function fill({ task }: Asked, values: Values): Filled | undefined {
  const filled = new Map(
    fieldsOf(task).map(([name, source]) => [
      name,
      isExpression(source) ? String(values[name] ?? '') : readPlain(task.request, source),
    ]),
  )
  if ([...filled.values()].some((text) => text.trim() === '')) return undefined
  const textOf = (name: string): string => filled.get(name) ?? ''
  return {
    name: textOf('templateName'),
    language: textOf('language'),
    namespace: textOf('namespace'),
    parameters: (task.config.parameters ?? []).map(({ type }, at) => ({
      type,
      value: textOf(`p${at}`),
    })),
  }
}

/** A key of the request stands for its value, anything else for itself. */
function readPlain(request: JsonObject, source: string): string {
  const value = ownValue(request, source)
  if (value === undefined || typeof value === 'object') return value === null ? '' : source
  return String(value)
}

function toTemplate(
  asked: Asked | undefined,
  context: JsonObject | undefined,
  values: Values | undefined,
): BuiltTask | undefined {
  const filled = asked && values && fill(asked, values)
  if (!filled || !context) return undefined
  const { parameters, ...head } = filled
  const written = { ...head, ...(parameters.length > 0 ? { parameters } : {}) }
  const checked = templateSchema.safeParse(written)
  return checked.success ? { context, message: { template: checked.data } } : undefined
}

async function buildTexts(
  sandbox: Sandbox,
  asked: readonly Asked[],
  {
    contexts,
    fields,
  }: {
    readonly contexts: readonly (JsonObject | undefined)[]
    readonly fields: readonly (Values | undefined)[]
  },
  { now, format }: BuildOptions,
): Promise<(BuiltTask | undefined)[]> {
  const tasks = asked.map((one, at): SandboxTask | undefined => {
    const [context, values] = [contexts[at], fields[at]]
    const filled = values && fill(one, values)
    const { text } = one.task.config
    if (!filled || !context || text === undefined) return undefined
    const params = { ...paramsOf(filled), ...context }
    const scope = { lead: leadScope(one.lead), params, data: one.task.request, now }
    return { kind: 'render', template: { text }, scope, escape: format }
  })
  const outcomes = [...(await sandbox.run(tasks.filter((task) => task !== undefined)))]
  return tasks.map((task, at) => {
    const outcome = task && outcomes.shift()
    const context = contexts[at]
    if (!outcome?.ok || !context) return undefined
    const checked = newMessageSchema.safeParse(outcome.value)
    return checked.success ? { context, message: checked.data } : undefined
  })
}

/** What a text sees of the parameters: `parameters`, each kind by its name, and the body's by their places, from 1. */
function paramsOf({ parameters }: Filled): JsonObject {
  const body = parameters.filter(({ type }) => type === 'body').map(({ value }) => value)
  const others = parameters.filter(({ type }) => type !== 'body')
  return {
    parameters: parameters.map((one) => ({ ...one })),
    body,
    ...Object.fromEntries(body.map((value, at) => [String(at + 1), value])),
    ...Object.fromEntries(others.map(({ type, value }) => [type, value])),
  }
}
