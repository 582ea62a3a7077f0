import type { TextFormat } from '../../core/portal.ts'
import { parseText } from '../../text/format.ts'
import { renderPlain } from '../../text/plain.ts'

/** What was written, without markup; `text` is in the portal's format. Emoji are signs. */
export function plainTextOf(text: unknown, format: TextFormat): string {
  return typeof text === 'string' ? renderPlain(parseText(text, format), false) : ''
}
