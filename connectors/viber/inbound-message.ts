import type { FileKind, InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { joinLines } from '#kit/degrade.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { readViberText } from '#text/channels/viber.ts'
import { addressBehind } from '#text/links.ts'
import type { ViberMessage } from './types.ts'

type Content = Omit<InboundMessage, 'id' | 'sentAt'>

const KIND_OF_TYPE: ReadonlyMap<string, FileKind> = new Map([
  ['picture', 'image'],
  ['video', 'video'],
  ['file', 'document'],
  ['sticker', 'sticker'],
])

export interface MessageContent {
  /** Absent when nothing in it can be carried. */
  readonly content?: Content
  /** Viber's name of the message, where not all of it is carried. */
  readonly unsupported?: string
}

/** What a message holds. Whatever its type, a text, a place and a contact in it are told. */
export function readMessage(message: ViberMessage): MessageContent {
  const text = readText(message)
  const content = {
    ...(text.length > 0 ? { text } : {}),
    ...readFile(message),
    ...readPlace(message),
  }
  const isEmpty = Object.keys(content).length === 0
  const kind = (message.type || 'message').slice(0, 64)
  return {
    ...(isEmpty ? {} : { content }),
    ...(isEmpty || !isWhole(message, content) ? { unsupported: kind } : {}),
  }
}

/** Is what the message's type promises among its content? */
function isWhole({ type = '', media }: ViberMessage, content: Content): boolean {
  if (KIND_OF_TYPE.has(type)) return content.files !== undefined
  if (type === 'location') return content.location !== undefined
  if (type === 'contact') return content.contact !== undefined
  return type === 'text' || (type === 'url' && Boolean(media))
}

/** An address that was sent stands below the text, unless the text holds it. */
function readText({ type, text = '', media = '' }: ViberMessage): RichText {
  const isFile = KIND_OF_TYPE.has(type ?? '')
  const isSaid = text !== '' && addressBehind(text, media) === ''
  const address = isFile || isSaid ? '' : media
  return joinLines([readViberText(text), plainText(address)])
}

/** Viber's addresses open for anyone and expire: portals get a link of the hub, which doesn't show them. */
function readFile(message: ViberMessage): Pick<Content, 'files'> {
  const kind = KIND_OF_TYPE.get(message.type ?? '')
  const { media, file_name: name } = message
  if (!kind || !isWebAddress(media)) return {}
  const size = message.size ?? message.file_size
  const file: InboundFile = {
    source: { ref: media },
    kind,
    ...given({ name, size }),
  }
  return { files: [file] }
}

function readPlace({ location, contact }: ViberMessage): Partial<Content> {
  const { name, phone_number: phone } = contact ?? {}
  return {
    ...(location ? { location: { latitude: location.lat, longitude: location.lon } } : {}),
    ...(name || phone ? { contact: { ...given({ name, phone }) } } : {}),
  }
}
