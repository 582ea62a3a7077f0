import { given } from '../../../core/given.ts'
import type { RenderedEvent, RenderedFile, RenderedMessage } from '../../../core/stored-event.ts'
import { attachmentsOf, isAlive, isLink, toFileItem } from './file-items.ts'
import type { FileFaults } from './file-probe.ts'
import { headed, quoteBlock, toWireText } from './portal-text.ts'
import type { DialogTexts } from './texts.ts'
import type { PhpInput } from './wire/php-value.ts'

/** The `message` of an item, and what kind of item it is. */
export interface MessageItem {
  readonly message: { readonly [key: string]: PhpInput | undefined }
  readonly type: string
  readonly files?: number
  readonly ref?: string
}

export interface MessageContext {
  readonly texts: DialogTexts
  /** Epoch ms. */
  readonly now: number
  /** For what has no id of the messenger's. */
  readonly eventId: string
  readonly fileFaults: FileFaults
}

type MessageEvent = Extract<RenderedEvent, { type: 'message.new' | 'message.updated' }>

/** A message with all that it holds; the portal shows it if it has text, or a file that it can load. */
export function newMessage({ message, at }: MessageEvent, context: MessageContext): MessageItem {
  const { id, files = [], date = at } = message
  const isHad = (file: RenderedFile): boolean =>
    isAlive(file, context.now) && !context.fileFaults.has(file.url)
  const alive = files.filter(isHad)
  const lost = files.filter((file) => !isHad(file))
  const attachments = attachmentsOf(message)
  const text = joined([
    ...bodyLines(message, context),
    ...lost.map((file) => lostFile(file, context)),
  ])
  const isEmpty = text === '' && alive.length === 0 && attachments.length === 0
  return {
    type: 'message',
    files: alive.length,
    message: {
      id,
      date: toUnix(date),
      ...given({ text: toWireText(isEmpty ? context.texts.empty : text) }),
      ...(alive.length > 0 ? { files: alive.map(toFileItem) } : {}),
      ...(attachments.length > 0 ? { attachments } : {}),
      ...(files.some(({ url }) => !isLink(url)) ? { failed_big_file: true } : {}),
    },
  }
}

/** The portal changes a message's text alone, and takes no change without one: what else there is goes as words. */
export function changedMessage(
  { message, at }: MessageEvent,
  context: MessageContext,
): MessageItem {
  const { id, date = at, files = [], location, contact } = message
  const lines = bodyLines(message, context)
  const { texts } = context
  if (message.text === undefined) {
    lines.push(
      ...files.map(({ name, url }) => headed(texts.file, [name ?? '', url].join(' ').trim())),
      ...(location ? [headed(texts.location, placeOf(location))] : []),
      ...(contact ? [headed(texts.contact, [contact.name, contact.phone].join(' ').trim())] : []),
    )
  }
  const text = toWireText(joined(lines) || texts.empty)
  return { type: 'message_update', message: { id, date: toUnix(date), text } }
}

/** Something that is no message: the portal shows it as one of the person's. */
export function words(text: string, at: string, { eventId, texts }: MessageContext): MessageItem {
  const message = { id: eventId, date: toUnix(at), text: toWireText(text || texts.empty) }
  return { type: 'message', message }
}

export function toUnix(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000)
}

/** What the message says, with what it answers above it. */
function bodyLines(message: RenderedMessage, { texts }: MessageContext): string[] {
  const { text, replyTo, forwarded, outgoing } = message
  const own = text ?? ''
  const quoted = replyTo?.text ?? ''
  const marked = [
    ...(outgoing ? [headed(texts.outgoing, '')] : []),
    ...(forwarded ? [headed(texts.forwarded, '')] : []),
    ...(own === '' ? [] : [own]),
  ].join('\n')
  if (quoted.trim() === '') return marked === '' ? [] : [marked]
  return [quoteBlock(texts.inReplyTo, quoted) + marked]
}

/** With its link all the same: it may work again when somebody looks. */
function lostFile({ name, url }: RenderedFile, { texts, fileFaults }: MessageContext): string {
  const whys = { never: texts.fileRefused, now: texts.fileAway }
  const fault = fileFaults.get(url)
  const why = fault === undefined ? texts.fileGone : whys[fault]
  return headed(
    texts.file,
    [name, isLink(url) ? url : undefined, `(${why})`].filter(Boolean).join(' '),
  )
}

function placeOf({
  latitude,
  longitude,
  title,
  address,
}: NonNullable<RenderedMessage['location']>): string {
  const link = `https://yandex.ru/maps/?ll=${longitude},${latitude}&z=14&pt=${longitude},${latitude},comma`
  return [title, address, link].filter(Boolean).join(', ')
}

function joined(lines: readonly string[]): string {
  return lines.filter((line) => line !== '').join('\n')
}
