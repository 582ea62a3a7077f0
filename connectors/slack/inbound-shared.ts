import { z } from 'zod'
import { plainText, type RichText } from '#core/rich-text.ts'
import { joinLines } from '#kit/degrade.ts'
import { listOf } from '#kit/json-answer.ts'
import { maybe, words } from '#kit/loose.ts'
import { readSlackText } from '#text/channels/slack.ts'

const flag = maybe(z.boolean())

const attachmentSchema = z.looseObject({
  is_share: flag,
  is_msg_unfurl: flag,
  is_reply_unfurl: flag,
  author_name: words,
  text: words,
  fallback: words,
  /** Read one by one. */
  files: z.unknown().optional(),
})

export interface SharedContent {
  /** A quote for each message that was passed on. */
  readonly quotes: readonly RichText[]
  readonly files: readonly unknown[]
  /** There are attachments of another kind, or such without anything to show. */
  readonly isLacking: boolean
}

/**
 * Messages that somebody has passed on into this one: Slack puts them into `attachments`, where previews and the cards of
 * apps stand too.
 */
export function readShared(attachments: unknown): SharedContent {
  const quotes: RichText[] = []
  const files: unknown[] = []
  let isLacking = attachments !== undefined && attachments !== null && !Array.isArray(attachments)
  for (const raw of listOf(attachments)) {
    const one = attachmentSchema.safeParse(raw).data
    const isShared = Boolean(one?.is_share ?? one?.is_msg_unfurl ?? one?.is_reply_unfurl)
    const own = isShared ? listOf(one?.files) : []
    const quote = one && isShared ? toQuote(one, own.length > 0) : []
    if (quote.length > 0) quotes.push(quote)
    files.push(...own)
    if (quote.length + own.length === 0) isLacking = true
  }
  return { quotes, files, isLacking }
}

/** Who is quoted stands above what they said; `fallback` says both, for clients that show nothing else. */
function toQuote(
  { author_name: author, text, fallback }: z.infer<typeof attachmentSchema>,
  hasFiles: boolean,
): RichText {
  const said = text || (hasFiles ? '' : fallback)
  if (!said) return []
  const above: RichText = author ? [{ type: 'bold', children: plainText(author) }] : []
  return [{ type: 'quote', children: joinLines([above, readSlackText(said)]) }]
}
