import { z } from 'zod'
import type { UnreadablePart } from '#core/connector.ts'
import { pathsOf } from './check-update.ts'

/**
 * Fields of updates as channels write them on a bad day. A schema asks only for what an event can't do without; any other
 * field may be null, absent, of another type, or a number where text is usual: it is then read as absent, or as what it says.
 */
export function maybe<T>(schema: z.ZodType<T>) {
  return schema.optional().catch(undefined)
}

/** Text, or a number as its digits. */
export const word = z.union([z.string(), z.number().transform(String)])
/** Text that may be missing. */
export const words = maybe(word)
/** A whole number, or its digits as text. */
export const whole = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,16}$/)
    .transform(Number)
    .pipe(z.int()),
])
/** A number of any kind, or its digits as text. */
export const amount = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d{1,16}(?:\.\d{1,20})?$/)
    .transform(Number),
])
/** An id that is kept as text: digits count as well. */
export const identifier = word.pipe(z.string().min(1))

/** The entries of a list that can be read; the others are left out. */
export function readable<T>(schema: z.ZodType<T>) {
  return z.array(z.unknown()).transform((list) =>
    list.flatMap((entry): T[] => {
      const { data } = schema.safeParse(entry)
      return data === undefined ? [] : [data]
    }),
  )
}

export type ReadPart<T> =
  | { readonly data: T; readonly fault?: undefined }
  | { readonly data?: undefined; readonly fault: UnreadablePart }

/** Reads a part of an update, or says for the log what is wrong with it. `path`: where it stands. */
export function readPart<T>(schema: z.ZodType<T>, value: unknown, path: string): ReadPart<T> {
  const { data, error } = schema.safeParse(value)
  if (!error) return { data: data as T }
  return { fault: { path, problem: `can't be read: ${pathsOf(error).join(', ')}` } }
}
