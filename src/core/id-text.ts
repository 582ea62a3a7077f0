import { z } from 'zod'

/**
 * A name or id that a caller gives: 1 to `max` characters. Half of a surrogate pair has no form in UTF-8: the store and the
 * channel would each make something else of it, and two names could become one.
 */
export function idText(max: number): z.ZodType<string> {
  return z.string().min(1).max(max).refine(isWellFormed, HALF_PAIR)
}

export const HALF_PAIR = 'holds half of a surrogate pair'

export function isWellFormed(text: string): boolean {
  return text.isWellFormed()
}
