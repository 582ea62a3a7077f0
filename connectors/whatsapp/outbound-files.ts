import type { FileKind } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { OutboundFile } from '#core/message.ts'
import { fileName, formatOf } from '#kit/file-kind.ts'
import { isWebAddress } from '#kit/web-address.ts'

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
  if (!isWebAddress(file.url)) return undefined
  const format = formatOf(file)
  const wanted = file.kind && TYPE_OF_KIND[file.kind]
  if (format === '') return wanted ?? 'document'
  const natural = (Object.keys(TYPES) as (keyof typeof TYPES)[]).find((type) =>
    TYPES[type].includes(format),
  )
  // A picture in the form of a sticker is one only if the portal says so.
  const isOddSticker = natural === 'sticker' && wanted !== 'sticker'
  if (natural === undefined || isOddSticker || wanted === 'document') return 'document'
  return natural
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
  const name = fileName(file)
  // What others can hear as a voice has to be Ogg: https://developers.facebook.com/docs/whatsapp/cloud-api/messages/audio-messages
  const isVoice = file.kind === 'voice' && type === 'audio' && formatOf(file) === 'ogg'
  const media = {
    link: file.url,
    ...given({ voice: isVoice }),
    ...(caption === '' ? {} : { caption }),
    ...(type === 'document' && name !== '' ? { filename: shorten(name) } : {}),
  }
  return { type, [type]: media }
}

/** The end of a file's name says what it is. */
function shorten(name: string): string {
  return name.length <= MAX_NAME ? name : name.slice(-MAX_NAME).toWellFormed()
}
