import type { TextFormat } from '../../../core/portal.ts'
import { plainText } from '../../../core/rich-text.ts'
import { parseText, renderText } from '../../../text/format.ts'

/** Bitrix24's own BBCode, which portals of this dialect have: text is stored in it, and taken in it. */
export const PORTAL_FORMAT = { text: 'bitrix', emoji: 'unicode' } as const
/** What the portal's own module draws around a quoted message. */
const QUOTE_LINE = '-'.repeat(54)
/** `[b]Anna:[/b] [br]`, which the portal puts before an operator's words; where the blank stands differs. */
const OPERATOR = /^\[b\]([^\n]{1,200}?):\[\/b\] ?(?:\[br\]|\n) ?/i

/** A text of an event as the portal shows it; `format` is that in which it was stored. */
export function toPortalText(text: string, format: TextFormat): string {
  return format.text === 'bitrix' ? text : renderText(parseText(text, format), PORTAL_FORMAT)
}

/** Words that hold no markup, of whomever they are: nothing in them acts in an operator's chat. */
export function plainForPortal(text: string): string {
  return renderText(plainText(text), PORTAL_FORMAT)
}

/** A quoted text, as a block that the portal's chat draws as one. */
export function quoteBlock(text: string): string {
  return `${QUOTE_LINE}\n${text}\n${QUOTE_LINE}\n`
}

/** What an operator wrote, in the format that the hub reads of this portal. */
export function fromPortalText(text: string, format: TextFormat): string {
  const written = text.replaceAll('\r\n', '\n').replace(OPERATOR, '[b]$1:[/b]\n')
  return format.text === 'bitrix' ? written : renderText(parseText(written, PORTAL_FORMAT), format)
}
