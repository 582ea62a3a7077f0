import { z } from 'zod'
import { isRecord, type JsonObject } from './json.ts'

/**
 * An object whose names the caller chooses, each 1 to `maxName` characters. Zod's own records drop `__proto__` without a word;
 * here it is refused. What is deeper in it stays as JSON has it.
 */
export function objectParam(maxName: number): z.ZodType<JsonObject> {
  return z
    .unknown()
    .superRefine((value, context) => {
      if (!isRecord(value)) {
        // So that an empty array is taken for an empty object: PHP writes both alike.
        const expected = 'object'
        context.addIssue({
          code: 'invalid_type',
          expected,
          input: value,
          message: 'must be an object',
        })
        return
      }
      for (const name of Object.keys(value)) {
        const problem = problemOf(name, maxName)
        if (problem) context.addIssue({ code: 'custom', path: [name], message: problem })
      }
    })
    .meta({ type: 'object' }) as z.ZodType<JsonObject>
}

function problemOf(name: string, max: number): string | undefined {
  if (name === '__proto__') return 'can not be a name'
  if (!name.isWellFormed()) return 'holds half of a surrogate pair'
  return name === '' || name.length > max ? `its name must have 1 to ${max} characters` : undefined
}
