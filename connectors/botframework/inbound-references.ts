import { isRecord } from '#core/json.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { readJsonObject, textFields } from '#kit/json-answer.ts'
import { readTeamsHtml } from '#text/channels/teams.ts'
import type { Activity, Attachment } from './types.ts'

const FORWARDED = 'forwardedMessageReference'
const QUOTED = 'messageReference'

export interface QuotedMessage {
  readonly id: string
  /** As far as Teams shows it. */
  readonly text: RichText
}

/**
 * Messages that an activity answers: Teams' own entities (https://github.com/microsoft/teams.ts/pull/482), or the
 * attachments by which its clients write the same.
 */
export function readQuoted({ entities, attachments }: Activity): QuotedMessage[] {
  const byEntity = (entities ?? []).flatMap((entity) => {
    if (!isRecord(entity) || entity['type'] !== 'quotedReply') return []
    const quoted = textFields(entity['quotedReply'])
    return toQuoted(quoted('messageId'), quoted('preview'))
  })
  const byAttachment = (attachments ?? []).flatMap((attachment) => {
    if (attachment.contentType !== QUOTED) return []
    const quoted = textFields(contentOf(attachment))
    return toQuoted(quoted('messageId'), quoted('messagePreview'))
  })
  return [...byEntity, ...byAttachment]
}

function toQuoted(id: string, preview: string): QuotedMessage[] {
  return id === '' ? [] : [{ id, text: plainText(preview) }]
}

/** What forwarded messages say, where the activity holds it. */
export function readForwarded({ attachments }: Activity): RichText[] {
  return (attachments ?? []).flatMap((attachment) => {
    const html = forwardedHtml(attachment)
    return html === '' ? [] : [readTeamsHtml(html, {}).text]
  })
}

/** Is all that the attachment says told by `readQuoted` or `readForwarded`? */
export function isReference(attachment: Attachment): boolean {
  if (attachment.contentType === QUOTED)
    return textFields(contentOf(attachment))('messageId') !== ''
  return forwardedHtml(attachment) !== ''
}

function forwardedHtml(attachment: Attachment): string {
  if (attachment.contentType !== FORWARDED) return ''
  return textFields(contentOf(attachment))('originalMessageContent')
}

/** JSON as text, or the object itself. */
function contentOf({ content }: Attachment): Record<string, unknown> | undefined {
  if (typeof content === 'string') return readJsonObject(content)
  return isRecord(content) ? content : undefined
}
