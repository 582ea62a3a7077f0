import type { z } from 'zod'
import { writePath } from './json-walk.ts'

/** More than a person reads. */
const MAX_NAMED = 3

/** A value against a schema; what is wrong comes as one text that names the first faults: `steps[0].send.text: …`. */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  root: string,
): { readonly value: T } | { readonly problem: string } {
  const result = schema.safeParse(value)
  if (result.success) return { value: result.data }
  const faults = result.error.issues
    .slice(0, MAX_NAMED)
    .map(({ path, message }) => `${writePath(root, path)}: ${message}`)
  return { problem: faults.join('; ') }
}
