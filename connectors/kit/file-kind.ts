import type { FileKind } from '#core/event.ts'

/** What is known of a file, inbound or outbound. */
export interface DescribedFile {
  readonly kind?: FileKind | undefined
  readonly mime?: string | undefined
  readonly name?: string | undefined
  readonly url?: string | undefined
}

/** Ending of a name, in lower case → content type. */
const MIME_OF_FORMAT: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
  heic: 'image/heic',
  mp4: 'video/mp4',
  m4v: 'video/x-m4v',
  mov: 'video/quicktime',
  webm: 'video/webm',
  avi: 'video/x-msvideo',
  mkv: 'video/x-matroska',
  '3gp': 'video/3gpp',
  '3gpp': 'video/3gpp',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  wav: 'audio/wav',
  aac: 'audio/aac',
  amr: 'audio/amr',
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
  zip: 'application/zip',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
}

const MIME_OF_KIND: Readonly<Record<FileKind, string>> = {
  image: 'image/jpeg',
  sticker: 'image/png',
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg',
  document: 'application/octet-stream',
}

const UNKNOWN_MIME = 'application/octet-stream'

/** Which endings a channel shows as what; others are documents to it. */
export type ShownFormats = Readonly<Partial<Record<FileKind, readonly string[]>>>

/**
 * What a file is: by the kind that was given, then by its content type, then by the ending of its name or else of its
 * address. `shown`: the formats that this channel shows; without it any picture, video or sound counts.
 */
export function kindOf(file: DescribedFile, shown?: ShownFormats): FileKind {
  if (file.kind) return file.kind
  if (file.mime && file.mime !== UNKNOWN_MIME) return familyOf(file.mime)
  const format = formatOf(file)
  if (!shown) return familyOf(mimeOfFormat(format) ?? UNKNOWN_MIME)
  const found = Object.entries(shown).find(([, formats]) => formats.includes(format))
  return (found?.[0] as FileKind | undefined) ?? 'document'
}

function familyOf(mime: string): FileKind {
  const family = mime.split('/', 1)[0]
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document'
}

/**
 * A content type for channels that want one: by the file's ending, which is about its bytes, and only then by its kind.
 * Portals don't say which type an outbound file has.
 */
export function mimeOf(file: DescribedFile): string {
  return mimeOfFormat(formatOf(file)) ?? MIME_OF_KIND[file.kind ?? 'document']
}

function mimeOfFormat(format: string): string | undefined {
  return Object.hasOwn(MIME_OF_FORMAT, format) ? MIME_OF_FORMAT[format] : undefined
}

/**
 * The ending of the name, or else of the address, in lower case and without its dot; '' if neither has one. One that is
 * known goes before one that isn't: the name may be a title with a dot in it (`Price list 2.1`).
 */
export function formatOf({ name, url }: Pick<DescribedFile, 'name' | 'url'>): string {
  const endings = [endingOf(name ?? ''), endingOf(pathOf(url))]
  return endings.find(isKnown) ?? endings.find((ending) => ending !== '') ?? ''
}

/**
 * What to call the file where a channel shows file names or recognises formats by them: the portal's name, with the ending of the
 * address if it lacks one (`Photo of the shelf.jpg`), or the end of the address if that is a name; '' otherwise.
 */
export function fileName({ name, url }: Pick<DescribedFile, 'name' | 'url'>): string {
  if (!name) return nameInAddress(url)
  const ending = endingOf(pathOf(url))
  return isKnown(endingOf(name)) || !isKnown(ending) ? name : `${name}.${ending}`
}

/** `https://cdn.example/a/act%201.pdf?x` → `act 1.pdf`; '' if the address doesn't end in a file's name. */
export function nameInAddress(url: string | undefined): string {
  const last = pathOf(url).split('/').at(-1) ?? ''
  return /.\.[a-z0-9]{1,8}$/i.test(last) ? decode(last) : ''
}

function isKnown(ending: string): boolean {
  return mimeOfFormat(ending) !== undefined
}

function endingOf(name: string): string {
  return /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? ''
}

function pathOf(url: string | undefined): string {
  return URL.parse(url ?? '')?.pathname ?? ''
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
