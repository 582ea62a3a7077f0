import type {
  FileSource,
  InboundEvent,
  InboundFile,
  InboundMessage,
  Person,
} from '../core/event.ts'
import type { TextFormat } from '../core/portal.ts'
import type { RichText } from '../core/rich-text.ts'
import type { NewEvent } from '../core/stored-event.ts'
import { renderEmoji, renderText } from '../text/format.ts'

/** Makes a link of the hub's own for a file that needs the channel's credentials. */
export type LinkFile = (
  source: { readonly ref: string },
  file: { readonly name?: string; readonly mime?: string; readonly isLasting?: true },
) => { readonly url: string; readonly expiresAt: number }

/** An event as its portal will read it (PROTOCOL §7), as JSON that lacks only the `id`. Pure. */
export function renderEvent(event: InboundEvent, format: TextFormat, link: LinkFile): NewEvent {
  const { at, ...rest } = event
  const body: Record<string, unknown> = { ...rest, at: toIso(at) }
  if ('user' in event && event.user) body['user'] = renderPerson(event.user, link)
  if (event.type === 'message.new' || event.type === 'message.updated') {
    body['message'] = renderMessage(event.message, format, link)
  }
  // Told by the events that the hub makes of it.
  if (event.type === 'message.status') {
    delete body['watermark']
    delete body['reference']
  }
  if (event.type === 'reaction') {
    body['added'] = event.added.map((name) => renderEmoji(name, format))
    body['removed'] = event.removed.map((name) => renderEmoji(name, format))
  }
  return { type: event.type, payload: toJson(body) }
}

/**
 * JSON escapes the half of a surrogate pair (`\\ud83d`), and PHP's decoder, for one, refuses a whole packet that holds such
 * an escape. It becomes U+FFFD. Nearly no event holds one, so they are looked for in the result.
 */
function toJson(body: object): string {
  const json = JSON.stringify(body)
  if (!json.includes('\\ud')) return json
  return JSON.stringify(body, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  )
}

function renderPerson({ picture, ...person }: Person, link: LinkFile): Record<string, unknown> {
  if (!picture) return person
  // The same from message to message: a portal shouldn't take it for a new picture each time.
  return { ...person, picture: { url: resolve(picture, link, { isLasting: true }).url } }
}

function renderMessage(
  message: InboundMessage,
  format: TextFormat,
  link: LinkFile,
): Record<string, unknown> {
  const { sentAt, text, files, replyTo, ...rest } = message
  return {
    ...rest,
    ...(sentAt === undefined ? {} : { date: toIso(sentAt) }),
    ...withText(text, format),
    ...(files && files.length > 0 ? { files: files.map((file) => renderFile(file, link)) } : {}),
    ...(replyTo ? { replyTo: { id: replyTo.id, ...withText(replyTo.text, format) } } : {}),
  }
}

/** No field is ever empty-string padding. */
function withText(text: RichText | undefined, format: TextFormat): { text?: string } {
  const rendered = text === undefined ? '' : renderText(text, format)
  return rendered === '' ? {} : { text: rendered }
}

function renderFile(file: InboundFile, link: LinkFile): Record<string, unknown> {
  const { source, expiresAt, ...rest } = file
  const { url, expiresAt: linkExpiresAt } = resolve(source, link, file)
  const ends = linkExpiresAt ?? expiresAt
  return { url, ...rest, ...(ends === undefined ? {} : { expiresAt: toIso(ends) }) }
}

function resolve(
  source: FileSource,
  link: LinkFile,
  file: { readonly name?: string; readonly mime?: string; readonly isLasting?: true },
): { url: string; expiresAt?: number } {
  return 'url' in source ? { url: source.url } : link(source, file)
}

function toIso(at: number): string {
  return new Date(at).toISOString()
}
