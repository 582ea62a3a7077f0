import type { z } from 'zod'
import { BadUpdateError } from '#core/errors.ts'

/** Paths named in one error: a longer list makes the log no clearer. */
const MAX_PATHS = 5

/** Gives the value as the schema has it. `at`: where in the update the value stands. Throws BadUpdateError. */
export type UpdateCheck = <T>(schema: z.ZodType<T>, value: unknown, ...at: string[]) => T

/**
 * A check of updates of one channel. `what` names them: `a callback of Viber`. The error names the paths at fault and never
 * their values: it is logged, and a value may be somebody's text.
 */
export function updateCheck(what: string): UpdateCheck {
  return (schema, value, ...at) => {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    throw new BadUpdateError(`not ${what}: ${pathsOf(result.error, at).join(', ')}`)
  }
}

/** The fields at fault, as paths. `at`: where in the update the value stands. */
export function pathsOf({ issues }: z.ZodError, at: readonly string[] = []): string[] {
  return issues.slice(0, MAX_PATHS).map(({ path }) => [...at, ...path].join('.') || 'update')
}
