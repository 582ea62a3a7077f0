import type { FileKind } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { OutboundFile } from '#core/message.ts'

type MediaType = 'image' | 'video' | 'audio' | 'document' | 'sticker'

/**
 * What WhatsApp shows as what it is; anything else is a document:
 * https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types
 */
const TYPES: Readonly<Record<Exclude<MediaType, 'document'>, readonly string[]>> = {
  image: ['jpg', 'jpeg', 'png'],
  video: ['mp4', '3gp', '3gpp'],
  audio: ['aac', 'amr', 'mp3', 'm4a', 'ogg'],
  sticker: ['webp'],
}
/** As which a portal's kind is sent, if its name says nothing else. */
const TYPE_OF_KIND: Readonly<Record<FileKind, MediaType>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
  document: 'document',
  sticker: 'sticker',
}
/** https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#media-object */
const CAPTIONED: ReadonlySet<MediaType> = new Set(['image', 'video', 'document'])
const MAX_NAME = 240

/** Undefined for what can only be sent as its address, since Meta fetches files over http alone. */
export function mediaTypeOf(file: OutboundFile): MediaType | undefined {
  if (!/^https?:\/\//i.test(file.url) || !URL.canParse(file.url)) return undefined
  const extension = extensionOf(nameOf(file)) ?? extensionOf(URL.parse(file.url)?.pathname ?? '')
  const wanted = file.kind && TYPE_OF_KIND[file.kind]
  if (extension === undefined) return wanted ?? 'document'
  const natural = (Object.keys(TYPES) as (keyof typeof TYPES)[]).find((type) =>
    TYPES[type].includes(extension),
  )
  // A picture in the form of a sticker is one only if the portal says so.
  const isOddSticker = natural === 'sticker' && wanted !== 'sticker'
  if (natural === undefined || isOddSticker || wanted === 'document') return 'document'
  return natural
}

function extensionOf(name: string): string | undefined {
  return /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase()
}

export function takesCaption(type: MediaType | undefined): boolean {
  return type !== undefined && CAPTIONED.has(type)
}

/** `type` and what is below it of a call that sends the file by its address. */
export function toMedia(
  file: OutboundFile,
  type: MediaType,
  caption: string,
): Readonly<Record<string, unknown>> {
  const name = nameOf(file)
  // What others can hear as a voice has to be Ogg: https://developers.facebook.com/docs/whatsapp/cloud-api/messages/audio-messages
  const isVoice = file.kind === 'voice' && type === 'audio' && /\.ogg$/i.test(name)
  const media = {
    link: file.url,
    ...given({ voice: isVoice }),
    ...(caption === '' ? {} : { caption }),
    ...(type === 'document' && name !== '' ? { filename: shorten(name) } : {}),
  }
  return { type, [type]: media }
}

export function linkOf({ name, url }: OutboundFile): string {
  return name ? `${name}: ${url}` : url
}

/** The portal's name, or the end of the address where that is a name. */
function nameOf({ name, url }: OutboundFile): string {
  if (name) return name
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? ''
  const decoded = decode(last)
  return /.\.[a-z0-9]{1,5}$/i.test(decoded) ? decoded : ''
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The end of a file's name says what it is. */
function shorten(name: string): string {
  return name.length <= MAX_NAME ? name : name.slice(-MAX_NAME).toWellFormed()
}
