import type { FileKind, InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { plainText } from '#core/rich-text.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { readViberText } from '#text/channels/viber.ts'
import type { ViberMessage } from './types.ts'

type Content = Omit<InboundMessage, 'id' | 'sentAt'>

const KIND_OF_TYPE: ReadonlyMap<string, FileKind> = new Map([
  ['picture', 'image'],
  ['video', 'video'],
  ['file', 'document'],
  ['sticker', 'sticker'],
])

/** What a message holds; undefined when nothing in it can be carried. */
export function readMessage(message: ViberMessage): Content | undefined {
  const content = { ...readText(message), ...readFile(message), ...readPlace(message) }
  return Object.keys(content).length > 0 ? content : undefined
}

/** A sent address is a message of a type of its own, with the address for its media. */
function readText({ type, text, media }: ViberMessage): Pick<Content, 'text'> {
  if (text) return { text: readViberText(text) }
  return type === 'url' && media ? { text: plainText(media) } : {}
}

/** Viber's addresses open for anyone and expire: portals get a link of the hub, which doesn't show them. */
function readFile(message: ViberMessage): Pick<Content, 'files'> {
  const kind = KIND_OF_TYPE.get(message.type)
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

function readPlace({ type, location, contact }: ViberMessage): Partial<Content> {
  if (type === 'location' && location) {
    return { location: { latitude: location.lat, longitude: location.lon } }
  }
  const { name, phone_number: phone } = contact ?? {}
  if (type !== 'contact' || !(name || phone)) return {}
  return { contact: { ...given({ name, phone }) } }
}
