import type { z } from 'zod'
import { type FieldFault, ParamsError } from './errors.ts'
import { isRecord } from './json.ts'

/** More than a person reads: an answer isn't to be longer than the question. */
const MAX_FAULTS = 1000

/**
 * Checks what a caller sent against a schema; an empty array counts as an empty object where an object may be empty, for
 * PHP writes both as `[]`. Throws ParamsError with **every** fault, unknown keys among them.
 */
export function parseParams<T>(schema: z.ZodType<T>, raw: unknown): T {
  const result = schema.safeParse(raw)
  if (result.success) return result.data
  const mended = withObjects(raw, result.error.issues)
  const second = mended === raw ? result : schema.safeParse(mended)
  if (second.success) return second.data
  throw new ParamsError(toldOnce(second.error.issues).flatMap(toFaults).slice(0, MAX_FAULTS))
}

/** `raw` with empty objects in place of those empty arrays that are at fault for being arrays. */
function withObjects(raw: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  return issues.reduce((value, issue) => {
    const isObjectWanted =
      issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'record')
    return isObjectWanted ? replaceAt(value, issue.path) : value
  }, raw)
}

function replaceAt(value: unknown, [key, ...rest]: readonly PropertyKey[]): unknown {
  if (key === undefined) return Array.isArray(value) && value.length === 0 ? {} : value
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === key ? replaceAt(item, rest) : item))
  }
  if (!isRecord(value)) return value
  return { ...value, [key]: replaceAt(value[String(key)], rest) }
}

/** What is of the wrong type is also too long or too short for the right one, which says nothing. */
function toldOnce(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const placeOf = ({ path }: z.core.$ZodIssue): string => JSON.stringify(path.map(String))
  const mistyped = new Set(issues.filter(isOfType).map(placeOf))
  return issues.filter((issue) => isOfType(issue) || !mistyped.has(placeOf(issue)))
}

const isOfType = ({ code }: z.core.$ZodIssue): boolean => code === 'invalid_type'

function toFaults(issue: z.core.$ZodIssue): FieldFault[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), problem: 'unknown field' }))
  }
  return [{ field: path.join('.') || 'params', problem: issue.message }]
}
