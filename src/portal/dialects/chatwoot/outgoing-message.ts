import { given } from '../../../core/given.ts'
import type { ShownMessage } from './agent-message.ts'
import { type Fields, fieldsOf, listOf, textOf } from './shapes.ts'

interface Button {
  readonly text: string
  readonly url?: string
  readonly payload?: string
}

interface File {
  readonly url: string
  readonly mayRedirect: true
  readonly name?: string
  readonly kind?: string
}

/** As `sendMessage` takes it. */
export interface OutgoingMessage {
  readonly text?: string
  readonly files?: readonly File[]
  readonly buttons?: readonly (readonly Button[])[]
  readonly replyTo?: { readonly id: string }
  readonly location?: {
    readonly latitude: number
    readonly longitude: number
    readonly title?: string
  }
}

const KINDS: Readonly<Record<string, string>> = {
  image: 'image',
  audio: 'audio',
  video: 'video',
  file: 'document',
}
const MAX_BUTTON_TEXT = 1000
const MAX_ROWS = 50

/** `replyTo`: the channel's id of what it answers. Undefined: there is nothing in it that could be sent. Pure. */
export function toOutgoing(message: ShownMessage, replyTo?: string): OutgoingMessage | undefined {
  const { content, contentType, attributes, attachments } = message
  const items = listOf(attributes['items'])
  const places = attachments.filter((one) => one['file_type'] === 'location')
  const attached = attachments.flatMap(toFile)
  const shown = contentType === 'cards' ? items.flatMap(picture) : []
  const text = [content, ...itemTexts(contentType, items), ...attachments.flatMap(fallback)]
    .filter((line) => line.trim() !== '')
    .join('\n')
  const buttons = buttonsOf(contentType, items).slice(0, MAX_ROWS)
  const files = [...attached, ...shown]
  const location = places.flatMap(toPlace)[0]
  if (text === '' && files.length === 0 && !location) return undefined
  return {
    ...given({ text, location, replyTo: replyTo === undefined ? undefined : { id: replyTo } }),
    ...(files.length > 0 ? { files } : {}),
    ...(buttons.length > 0 ? { buttons } : {}),
  }
}

/** Links to Chatwoot's files redirect to its storage, for some minutes at a time. */
function toFile(attachment: Fields): File[] {
  const url = textOf(attachment['data_url'])
  const type = textOf(attachment['file_type']) ?? 'file'
  const kind = KINDS[type]
  if (url === undefined || kind === undefined) return []
  return [{ url, mayRedirect: true, kind, ...given({ name: nameOf(url) }) }]
}

/** The last part of an address of Chatwoot's is the file's name. */
function nameOf(url: string): string | undefined {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last).slice(-255)
  } catch {
    return last.slice(-255)
  }
}

function toPlace(attachment: Fields): NonNullable<OutgoingMessage['location']>[] {
  const { coordinates_lat: latitude, coordinates_long: longitude, fallback_title } = attachment
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return []
  return [{ latitude, longitude, ...given({ title: textOf(fallback_title)?.slice(0, 255) }) }]
}

/** Of a kind of attachment that is no file. */
function fallback(attachment: Fields): string[] {
  const type = textOf(attachment['file_type']) ?? 'file'
  if (type === 'location' || type in KINDS) return []
  return [
    [attachment['fallback_title'], attachment['data_url']]
      .flatMap((one) => textOf(one) ?? [])
      .join(' '),
  ]
}

function picture(item: Fields): File[] {
  const url = textOf(item['media_url'])
  return url === undefined ? [] : [{ url, mayRedirect: true, kind: 'image' }]
}

function itemTexts(contentType: string, items: readonly Fields[]): string[] {
  if (contentType !== 'cards' && contentType !== 'article') return []
  return items.map((item) => {
    const title = textOf(item['title'])
    const lines = [title && `**${title}**`, item['description'], item['link']]
    return lines.flatMap((line) => textOf(line) ?? []).join('\n')
  })
}

function buttonsOf(contentType: string, items: readonly Fields[]): Button[][] {
  if (contentType === 'input_select') return items.flatMap((item) => option(item))
  if (contentType !== 'cards') return []
  return items.flatMap((item) => listOf(item['actions']).flatMap((action) => actionButton(action)))
}

function option({ title, value }: Fields): Button[][] {
  const text = textOf(title)?.slice(0, MAX_BUTTON_TEXT)
  return text === undefined ? [] : [[{ text, payload: textOf(value) ?? text }]]
}

function actionButton(action: Fields): Button[][] {
  const { text: label, type, uri, payload } = fieldsOf(action)
  const text = textOf(label)?.slice(0, MAX_BUTTON_TEXT)
  if (text === undefined) return []
  const url = type === 'link' ? textOf(uri) : undefined
  return [[url === undefined ? { text, payload: textOf(payload) ?? text } : { text, url }]]
}
