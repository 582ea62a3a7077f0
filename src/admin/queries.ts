import { z } from 'zod'

/** Texts of addresses as endpoints need them. */

const DEFAULT_PAGE = 50
const MAX_TEXT = 255

export function limitQuery(max: number) {
  return z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(max))
    .default(Math.min(DEFAULT_PAGE, max))
}

/** What is looked for; nothing is asked by an empty one. Longer than any name that is kept finds nothing, and is cut. */
export function textQuery() {
  return z
    .string()
    .transform((text) => text.trim().slice(0, MAX_TEXT))
    .optional()
}
