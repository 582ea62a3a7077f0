import type { OutboundMessage } from '../core/message.ts'
import type { TextFormat } from '../core/portal.ts'
import type { RichText } from '../core/rich-text.ts'
import type { OutboxMessageContent } from '../core/written-message.ts'
import { parseText } from '../text/format.ts'

/** A message as connectors take it. */
export function toOutbound(written: OutboxMessageContent, format: TextFormat): OutboundMessage {
  const { text, ...rest } = dropUndefined(written)
  const tree = text === undefined ? [] : readWritten(text, format)
  return { ...(rest as OutboundMessage), ...(tree.length > 0 ? { text: tree } : {}) }
}

/** A portal's text; its line breaks may be those of any system. */
export function readWritten(text: string, format: TextFormat): RichText {
  return parseText(text.replace(/\r\n?/g, '\n'), format)
}

/** zod's optional keys may hold undefined; ours never do. A trip through JSON says the same in fewer words. */
function dropUndefined(written: OutboxMessageContent): OutboxMessageContent {
  return JSON.parse(JSON.stringify(written)) as OutboxMessageContent
}
