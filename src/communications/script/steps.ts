import type { FieldFault } from '../../core/errors.ts'
import { isRecord, type Json, type JsonObject } from '../../core/json.ts'
import { findHostile } from '../../core/json-form.ts'
import { isMarkup, stringsIn, writePath } from './json-walk.ts'
import { checkStep, KINDS, kindsOf, NESTED } from './step-kinds.ts'

/** A script by its code or its number. */
export type ScriptRef = string | number

/** One tag, or several. */
type Tags = string | readonly string[]

export interface CallStep {
  readonly url: string
  readonly method?: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: Json
  readonly timeoutMs?: number
  readonly save?: string
  readonly onError?: readonly Step[]
}

/** One step as the portal has written it, checked. Every string of its contents may be a template. */
export type Step =
  | { readonly send: JsonObject }
  | { readonly sendTemplate: JsonObject }
  | { readonly wait: number }
  | {
      readonly waitReply: {
        readonly timeoutSec: number
        readonly save?: string
        readonly onTimeout?: readonly Step[]
      }
    }
  | { readonly tag: { readonly add?: Tags; readonly remove?: Tags } }
  | { readonly set: JsonObject }
  | { readonly if: string; readonly then: readonly Step[]; readonly else?: readonly Step[] }
  | { readonly call: CallStep; readonly onError?: readonly Step[] }
  | { readonly code: string }
  | { readonly run: ScriptRef }
  | { readonly notify: JsonObject }
  | { readonly end: true }

/** Code or a template of a step, for the sandbox to parse before the steps are saved. */
export interface Source {
  readonly path: string
  readonly kind: 'code' | 'template'
  readonly source: string
}

export type ReadSteps =
  | { readonly steps: readonly Step[]; readonly sources: readonly Source[] }
  | {
      readonly faults: readonly FieldFault[]
      /** Of what could be read. */
      readonly sources: readonly Source[]
    }

export const MAX_STEPS = 500
/** Of lists of steps within steps. */
export const MAX_NESTING = 20
/** Of the steps as JSON, UTF-8. */
export const MAX_STEPS_BYTES = 256 * 1024

/** Each list within steps adds three levels at most; the rest is for what stands in a step. */
const MAX_DEPTH = 3 * MAX_NESTING + 30
const MAX_VALUES = 50_000
/** More than a person reads. */
const MAX_FAULTS = 1000

/** Checks steps as they came, from a call or a file: gives every fault with its path, such as `steps[2].then[0].send.text`. */
export function readSteps(raw: unknown): ReadSteps {
  const refused = findFormFaults(raw)
  if (refused.length > 0) return { faults: refused, sources: [] }
  const reading: Reading = { faults: [], sources: [], count: 0 }
  readList(raw, [], 1, reading)
  if (reading.count > MAX_STEPS) {
    reading.faults.push({ field: 'steps', problem: `hold more than ${MAX_STEPS} steps in all` })
  }
  const { faults, sources } = reading
  if (faults.length > 0) return { faults: faults.slice(0, MAX_FAULTS), sources }
  return { steps: raw as readonly Step[], sources }
}

interface Reading {
  readonly faults: FieldFault[]
  readonly sources: Source[]
  count: number
}

function findFormFaults(raw: unknown): FieldFault[] {
  const hostile = findHostile(raw, MAX_DEPTH, MAX_VALUES)
  if (hostile.length > 0) {
    return hostile.slice(0, MAX_FAULTS).map(({ path, problem }) => ({
      field: writePath('steps', path),
      problem: FORM_PROBLEMS[problem],
    }))
  }
  const bytes = Buffer.byteLength(JSON.stringify(raw) ?? '')
  if (bytes <= MAX_STEPS_BYTES) return []
  return [{ field: 'steps', problem: `are longer than ${MAX_STEPS_BYTES / 1024} KiB` }]
}

const FORM_PROBLEMS = {
  deep: `are nested too deep: at most ${MAX_NESTING} lists of steps within each other`,
  many: `hold more than ${MAX_VALUES} values`,
  name: 'this name is not allowed',
} as const

function readList(raw: unknown, path: readonly PropertyKey[], depth: number, to: Reading): void {
  const field = writePath('steps', path)
  if (!Array.isArray(raw)) to.faults.push({ field, problem: 'must be a list of steps' })
  else if (raw.length === 0 && depth === 1)
    to.faults.push({ field, problem: 'must hold at least one step' })
  else if (depth > MAX_NESTING) to.faults.push({ field, problem: FORM_PROBLEMS.deep })
  else {
    for (const [at, step] of raw.entries()) readStep(step, [...path, at], depth, to)
  }
}

function readStep(raw: unknown, path: readonly PropertyKey[], depth: number, to: Reading): void {
  to.count += 1
  const field = writePath('steps', path)
  const fault = (problem: string) => to.faults.push({ field, problem })
  if (!isRecord(raw)) return void fault('must be an object that names a kind of step')
  const kinds = kindsOf(raw)
  const [kind] = kinds
  if (!kind) return void fault(`names no kind of step: one of ${KINDS.join(', ')}`)
  if (kinds.length > 1) return void fault(`is two steps in one: ${kinds.join(', ')}`)
  for (const { path: at, problem } of checkStep(kind, raw)) {
    to.faults.push({ field: writePath(field, at), problem })
  }
  for (const nested of NESTED[kind] ?? []) {
    const list = valueAt(raw, nested)
    if (list !== undefined) readList(list, [...path, ...nested], depth + 1, to)
  }
  to.sources.push(...sourcesOf(kind, raw, field))
}

function sourcesOf(kind: string, step: Record<string, unknown>, field: string): Source[] {
  const content = step[kind]
  const path = `${field}.${kind}`
  if (kind === 'code' || kind === 'if') {
    return typeof content === 'string' ? [{ path, kind: 'code', source: content }] : []
  }
  const own = isRecord(content) ? withoutLists(kind, content) : content
  return stringsIn(own)
    .filter(({ text }) => isMarkup(text))
    .map(({ path: at, text: source }) => ({
      path: writePath(path, at),
      kind: 'template',
      source,
    }))
}

/** A step's contents without the steps in it: they are read by themselves. */
function withoutLists(kind: string, content: Record<string, unknown>): Record<string, unknown> {
  const lists = (NESTED[kind] ?? []).flatMap(([first, second]) => (first === kind ? [second] : []))
  return Object.fromEntries(Object.entries(content).filter(([key]) => !lists.includes(key)))
}

function valueAt(raw: Record<string, unknown>, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), raw)
}

/** The scripts that steps run, each once. The steps are checked ones. */
export function runsOf(steps: readonly Step[]): ScriptRef[] {
  const found = new Set<ScriptRef>()
  const open: (readonly Step[])[] = [steps]
  for (let list = open.pop(); list; list = open.pop()) {
    for (const step of list) {
      if ('run' in step) found.add(step.run)
      open.push(...listsOf(step))
    }
  }
  return [...found]
}

function listsOf(step: Step): (readonly Step[])[] {
  const lists = [
    ...('if' in step ? [step.then, step.else] : []),
    ...('waitReply' in step ? [step.waitReply.onTimeout] : []),
    ...('call' in step ? [step.onError, step.call.onError] : []),
  ]
  return lists.filter((list) => list !== undefined)
}
