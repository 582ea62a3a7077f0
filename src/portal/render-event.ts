import { hash } from 'node:crypto'
import type {
  FileSource,
  InboundEvent,
  InboundFile,
  InboundMessage,
  Person,
} from '../core/event.ts'
import { given } from '../core/given.ts'
import type { TextFormat } from '../core/portal.ts'
import type { RichText } from '../core/rich-text.ts'
import {
  type NewEvent,
  type RenderedEvent,
  type RenderedFile,
  type RenderedMessage,
  type RenderedPerson,
  writeStored,
} from '../core/stored-event.ts'
import { renderEmoji, renderText } from '../text/format.ts'

/** Hex digits. */
const VERSION_LENGTH = 12

/** Makes a link of the hub's own for a file that needs the channel's credentials. */
export type LinkFile = (
  source: { readonly ref: string },
  file: { readonly name?: string; readonly mime?: string; readonly isLasting?: true },
) => { readonly url: string; readonly expiresAt: number }

/** An event as its portal will read it (PROTOCOL §7), as JSON that lacks only the `id`. Pure. */
export function renderEvent(event: InboundEvent, format: TextFormat, link: LinkFile): NewEvent {
  return writeStored(toRendered(event, format, link))
}

function toRendered(event: InboundEvent, format: TextFormat, link: LinkFile): RenderedEvent {
  const at = toIso(event.at)
  if (event.type === 'message.status') {
    // Both only help the hub to find its message; portals know nothing of them.
    const { watermark: _, reference: __, ...status } = event
    return { ...status, at }
  }
  const who = event.user ? { user: renderPerson(event.user, link) } : {}
  // Without the channel's own person, which may hold a `ref` to a picture.
  const { user: _, ...rest } = event
  switch (rest.type) {
    case 'message.new':
    case 'message.updated':
      return { ...rest, ...who, at, message: renderMessage(rest.message, format, link) }
    case 'reaction': {
      const added = rest.added.map((name) => renderEmoji(name, format))
      const removed = rest.removed.map((name) => renderEmoji(name, format))
      return { ...rest, ...who, at, added, removed }
    }
    default:
      return { ...rest, ...who, at }
  }
}

function renderPerson({ picture, ...person }: Person, link: LinkFile): RenderedPerson {
  // The same from message to message: a portal shouldn't take it for a new picture each time.
  const url = picture && resolve(picture, link, { isLasting: true }).url
  const version = versionOf(person, url)
  return { ...person, ...(url === undefined ? {} : { picture: { url } }), version }
}

/** The beginning of a digest of a person's data, the same whatever order the channel gives them in: a portal compares it with what it has. */
export function versionOf(person: Omit<Person, 'picture'>, pictureUrl: string | undefined): string {
  const { id, name, lastName, username, url, sex, email, phone, language } = person
  const data = [id, name, lastName, username, url, pictureUrl, sex, email, phone, language]
  return hash('sha256', JSON.stringify(data), 'hex').slice(0, VERSION_LENGTH)
}

function renderMessage(
  { sentAt, text, files = [], replyTo, ...rest }: InboundMessage,
  format: TextFormat,
  link: LinkFile,
): RenderedMessage {
  return {
    ...rest,
    ...given({ date: sentAt === undefined ? undefined : toIso(sentAt) }),
    ...withText(text, format),
    ...(files.length > 0 ? { files: files.map((file) => renderFile(file, link)) } : {}),
    ...(replyTo ? { replyTo: { id: replyTo.id, ...withText(replyTo.text, format) } } : {}),
  }
}

function withText(text: RichText | undefined, format: TextFormat): { text?: string } {
  return given({ text: text && renderText(text, format) })
}

function renderFile({ source, expiresAt, ...file }: InboundFile, link: LinkFile): RenderedFile {
  const { url, expiresAt: linkExpiresAt } = resolve(source, link, file)
  const ends = linkExpiresAt ?? expiresAt
  return { url, ...file, ...given({ expiresAt: ends === undefined ? undefined : toIso(ends) }) }
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
