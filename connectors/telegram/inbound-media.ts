import type { FileKind, InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { mediaSchema, type TelegramFile, type TelegramMedia } from './types.ts'

const MEDIA: readonly [field: 'video' | 'video_note' | 'audio' | 'voice' | 'document', FileKind][] =
  [
    ['video', 'video'],
    ['video_note', 'video'],
    ['audio', 'audio'],
    ['voice', 'voice'],
    ['document', 'document'],
  ]

/** Files of a message, and the names of the fields that they stood in. */
export function readFiles(message: TelegramMedia): {
  readonly files: readonly InboundFile[]
  readonly carried: readonly string[]
} {
  // Telegram sets `document` beside `animation`.
  if (message.animation) {
    return { files: [toFile(message.animation, 'video')], carried: ['animation', 'document'] }
  }
  const files: InboundFile[] = []
  const carried: string[] = []
  const add = (field: string, file: InboundFile): void => {
    files.push(file)
    carried.push(field)
  }
  const { sticker } = message
  if (sticker) add('sticker', { ...toFile(sticker, 'sticker'), mime: stickerMime(sticker) })
  const photo = largest(message.photo ?? [])
  if (photo) add('photo', toFile({ ...photo, mime_type: photo.mime_type ?? 'image/jpeg' }, 'image'))
  for (const [field, kind] of MEDIA) {
    const file = message[field]
    if (file) add(field, toFile(file, kind))
  }
  return { files, carried }
}

function largest(photos: readonly TelegramFile[]): TelegramFile | undefined {
  return photos.reduce<TelegramFile | undefined>(
    (best, photo) => (area(photo) >= area(best) ? photo : best),
    undefined,
  )
}

function area(photo: TelegramFile | undefined): number {
  return (Number(photo?.['width']) || 0) * (Number(photo?.['height']) || 0)
}

function toFile(file: TelegramFile, kind: FileKind): InboundFile {
  return {
    source: { ref: file.file_id },
    kind,
    ...given({ name: nameOf(file), mime: file.mime_type, size: file.file_size }),
  }
}

/** Music without a file name has a title and a band. */
function nameOf({ file_name: name, performer, title }: TelegramFile): string {
  return name || [performer, title].filter(Boolean).join(' – ')
}

function stickerMime(sticker: NonNullable<TelegramMedia['sticker']>): string {
  if (sticker.is_animated) return 'application/x-tgsticker'
  return sticker.is_video ? 'video/webm' : 'image/webp'
}

/** A place or a contact, and the names of the fields that they stood in. */
export function readPlace(message: TelegramMedia): {
  readonly content: Pick<InboundMessage, 'location' | 'contact'>
  readonly carried: readonly string[]
} {
  const { venue, contact } = message
  // Telegram sets `location` beside `venue`.
  const point = venue?.location ?? message.location
  const name = [contact?.first_name, contact?.last_name].filter(Boolean).join(' ')
  const phone = contact?.phone_number
  const hasContact = Boolean(name || phone)
  return {
    content: {
      ...(point && {
        location: {
          latitude: point.latitude,
          longitude: point.longitude,
          ...given({ title: venue?.title, address: venue?.address }),
        },
      }),
      ...(hasContact && { contact: { ...given({ name, phone }) } }),
    },
    carried: [...(point ? ['location', 'venue'] : []), ...(hasContact ? ['contact'] : [])],
  }
}

/** Is what stands in this field somebody's content, and not a flag or a number that says how it is shown? */
export function isContent(name: string, value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false
  const isMedia = Object.hasOwn(mediaSchema.shape, name)
  return isMedia || typeof value === 'object' || typeof value === 'string'
}
