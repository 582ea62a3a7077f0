import type { TextFormat } from '../../../core/portal.ts'
import type { RenderedFile, RenderedMessage } from '../../../core/stored-event.ts'
import { quoteBlock, toPortalText } from './portal-text.ts'
import type { Words } from './words.ts'

export interface TextContext {
  readonly format: TextFormat
  readonly words: Words
}

/**
 * The text of a person's message, with all in it that the portal has no field for: the quoted message, a place, a contact,
 * files that it can't fetch. Empty if the message is nothing but files.
 */
export function messageText(
  message: RenderedMessage,
  unfetched: readonly RenderedFile[],
  { format, words }: TextContext,
): string {
  const { text = '', replyTo, location, contact, forwarded, outgoing } = message
  const quoted = replyTo?.text ? quoteBlock(toPortalText(replyTo.text, format)) : ''
  const lines = [
    ...(outgoing ? [`[i]${words.writtenByCompany}[/i]`] : []),
    ...(forwarded ? [`[i]${words.forwarded}[/i]`] : []),
    ...(text === '' ? [] : [toPortalText(text, format)]),
    ...(location ? [placeText(location, words)] : []),
    ...(contact ? [contactText(contact, words)] : []),
    ...unfetched.map(({ name, url }) => `${words.file}: ${[name, url].filter(Boolean).join(' ')}`),
  ]
  return quoted + lines.join('\n')
}

function placeText(
  { latitude, longitude, title, address }: NonNullable<RenderedMessage['location']>,
  words: Words,
): string {
  const name = [title, address].filter(Boolean).join(', ')
  const link = `https://maps.google.com/?q=${latitude},${longitude}`
  return `${words.place}: ${[name, link].filter(Boolean).join('\n')}`
}

function contactText(
  { name, phone }: NonNullable<RenderedMessage['contact']>,
  words: Words,
): string {
  return `${words.contact}: ${[name, phone].filter(Boolean).join(', ')}`
}
