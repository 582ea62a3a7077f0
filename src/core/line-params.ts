import { z } from 'zod'
import { idText } from './id-text.ts'
import { LINE_ID_PATTERN, MAX_CHAT_ID_LENGTH } from './line.ts'

/** Params of every method that is about a line. */
export const lineParams = {
  connector: z.string().min(1).max(64),
  line: z.string().regex(LINE_ID_PATTERN, 'must be 1 to 64 characters A-Z a-z 0-9 _ . : -'),
}

export const chatParam = z.strictObject({ id: idText(MAX_CHAT_ID_LENGTH) })
