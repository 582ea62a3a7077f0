import type { z } from 'zod'
import { idText } from '../id-text.ts'

/**
 * Control characters, line ends, and the characters that turn the direction of all text around them: a name with those can
 * look like another one. Marks that belong to right-to-left text (U+200E, U+200F) and the joiners of emoji are none of them.
 */
const UNSHOWN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
/** In texts of several lines their ends and tabs are meant. */
const UNSHOWN_IN_LINES = /(?![\t\n\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u

export const UNSHOWN_PROBLEM =
  'must not hold control characters, or characters that turn the direction of text'

/** Why a name that a person enters can't be taken. */
export function nameProblem(text: string): string | undefined {
  return UNSHOWN.test(text) ? UNSHOWN_PROBLEM : undefined
}

/** The same for a text that may have several lines. */
export function linesProblem(text: string): string | undefined {
  return UNSHOWN_IN_LINES.test(text) ? UNSHOWN_PROBLEM : undefined
}

/**
 * A name or title that people give and read: 1 to `max` characters. For what is made; to name what is there, as in filters
 * and removals, `idText` is enough, so that names stored before still can be named.
 */
export function nameText(max: number): z.ZodType<string> {
  return idText(max).refine((text) => !UNSHOWN.test(text), UNSHOWN_PROBLEM)
}
