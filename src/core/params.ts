import type { z } from 'zod'
import { type FieldFault, ParamsError } from './errors.ts'

/** Checks what a caller sent against a schema. Throws ParamsError with **every** fault, unknown keys among them. */
export function parseParams<T>(schema: z.ZodType<T>, raw: unknown): T {
  const result = schema.safeParse(raw)
  if (result.success) return result.data
  throw new ParamsError(result.error.issues.flatMap(toFaults))
}

function toFaults(issue: z.core.$ZodIssue): FieldFault[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), problem: 'unknown field' }))
  }
  return [{ field: path.join('.') || 'params', problem: issue.message }]
}
