import type { Json, JsonObject } from '../../core/json.ts'
import type { TextFormat } from '../../core/portal.ts'

/** What code and templates see. */
export interface Scope {
  /** The recipient: `lead` (its number), name, lastName, username, language, phone, email, tags, attributes … */
  readonly lead: JsonObject
  readonly params: JsonObject
  /** Of triggers. */
  readonly event?: Json
  /** The body of a notification request. Templates only. */
  readonly data?: Json
  /**
   * Epoch milliseconds: all the time there is inside. Code has it as `now`, a Date, and gets it from `new Date()`, `Date()`
   * and `Date.now()`; a template has an ISO 8601 string that the filter `date` takes. Either in UTC.
   */
  readonly now: number
}

export const BOT_CALLS = [
  'scheduleJob',
  'runScriptForLead',
  'runTriggerForLead',
  'runScriptByNameForLead',
  'runTriggerByNameForLead',
  'runScriptForPerson',
  'runTriggerForPerson',
  'runScriptByNameForPerson',
  'runTriggerByNameForPerson',
  'addTags',
  'removeTags',
  'setAttributes',
  'send',
] as const

/** A call that the portal's code has asked for. Its arguments are as they were given: nobody has checked them. */
export interface BotCall {
  /** One of BOT_CALLS. */
  readonly name: string
  readonly args: readonly Json[]
}

/** The format in which a template's outputs are to show literally. */
export type Escape = TextFormat

export interface ConditionTask {
  readonly kind: 'condition'
  /** The body of a function. It may use `bot`, but its calls are dropped. */
  readonly code: string
  readonly scope: Scope
}

export interface CodeTask {
  readonly kind: 'code'
  /** The body of a function. */
  readonly code: string
  readonly scope: Scope
}

export interface RenderTask {
  readonly kind: 'render'
  /** Every string within it is a Liquid template; keys aren't. */
  readonly template: Json
  readonly scope: Scope
  /**
   * For outgoing messages: in the string at key `text` of the object that the template is, and nowhere else, each output
   * is written so that its value shows literally in this format. The template's own text is left alone, and the filter
   * `raw`, as the last one of an output, leaves its value alone. What `capture` has caught is escaped already: put it out
   * with `raw`. Without a format values go out as they are.
   */
  readonly escape?: Escape
}

export type Task = ConditionTask | CodeTask | RenderTask

/**
 * Of a condition: a boolean, the truth of what it returned. Of code: what it returned, null for nothing, and its calls. Of
 * a template: the same shape with its strings rendered. `problem` is for a person, at most 500 characters, with line and
 * column where they are known.
 */
export type Outcome =
  | { readonly ok: true; readonly value: Json; readonly calls: readonly BotCall[] }
  | { readonly ok: false; readonly problem: string }

export interface Source {
  readonly kind: 'code' | 'template'
  readonly source: string
}

export interface Sandbox {
  /** One outcome for each task, in order; each is bounded by itself. Rejects only when the sandbox is or gets closed. */
  run(tasks: readonly Task[]): Promise<readonly Outcome[]>
  /** Syntax only; undefined: it is fine. Says line and column: `line 2, column 7: unexpected token …`. */
  check(sources: readonly Source[]): Promise<readonly (string | undefined)[]>
  close(): Promise<void>
}

export const SANDBOX_LIMITS = {
  /** Of the processor, for a condition or code. */
  codeMs: 50,
  /** Of the processor, for a template with all its strings. */
  renderMs: 100,
  /** What an engine can't interrupt by itself is stopped from outside this much later. */
  overrunMs: 50,
  memoryBytes: 16 * 1024 * 1024,
  /** Of the engine's stack. Little, for the thread's own has to hold the same calls and is used up sooner. */
  stackBytes: 128 * 1024,
  /** Characters of one code or one template. */
  source: 64 * 1024,
  /** What lead, params, event and data may take as JSON. */
  scope: 1024 * 1024,
  /** Bytes of JSON: what code returned; the arguments of one call; the strings of a rendered template in all. */
  output: 64 * 1024,
  calls: 100,
  problem: 500,
} as const

/** The items of the evaluator, in one list: what the worker is sent. */
export type Item = Task | { readonly kind: 'check'; readonly source: Source }

export function toItems(sources: readonly Source[]): Item[] {
  return sources.map((source) => ({ kind: 'check', source }))
}

export function toProblem(text: string): Outcome {
  const limit = SANDBOX_LIMITS.problem
  const problem = text.length > limit ? `${text.slice(0, limit - 1)}…` : text
  return { ok: false, problem: problem.toWellFormed() }
}

export function problemOf(outcome: Outcome): string | undefined {
  return outcome.ok ? undefined : outcome.problem
}
