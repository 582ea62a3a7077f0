import type { FileKind } from '#core/event.ts'

export interface FileType {
  readonly mime: string
  readonly kind: FileKind
  /** The endings that such a file may have; the first one is given to a name that has another. */
  readonly endings: readonly string[]
}

interface Sign extends FileType {
  /** Bytes as Latin-1 text, and where they stand. */
  readonly bytes: string
  readonly at?: number
}

const image = (name: string, bytes: string, at = 0, endings = [name]): Sign => ({
  mime: `image/${name}`,
  kind: 'image',
  endings,
  bytes,
  at,
})
const document = (mime: string, bytes: string, endings: readonly string[]): Sign => ({
  mime,
  kind: 'document',
  endings,
  bytes,
})

const OFFICE = 'application/vnd.openxmlformats-officedocument'
/** What files of these kinds begin with. */
const SIGNS: readonly Sign[] = [
  image('png', '\x89PNG\r\n\x1a\n'),
  image('jpeg', '\xff\xd8\xff', 0, ['jpg', 'jpeg']),
  image('gif', 'GIF8'),
  image('webp', 'WEBP', 8),
  image('heic', 'ftypheic', 4),
  image('avif', 'ftypavif', 4),
  document('application/pdf', '%PDF-', ['pdf']),
  document('application/rtf', '{\\rtf', ['rtf']),
  // Word, Excel and PowerPoint of old.
  document('application/x-ole-storage', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', ['doc', 'xls', 'ppt']),
]
/** All of these are archives; what is in them is known by their names alone. */
const ARCHIVES: Readonly<Record<string, string>> = {
  docx: `${OFFICE}.wordprocessingml.document`,
  xlsx: `${OFFICE}.spreadsheetml.sheet`,
  pptx: `${OFFICE}.presentationml.presentation`,
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  zip: 'application/zip',
}
const TEXTS: Readonly<Record<string, string>> = { txt: 'text/plain', csv: 'text/csv' }
const LOOKED_AT = 64 * 1024

/** What a file is by what is in it; undefined for what is neither a picture nor a document. */
export function fileTypeOf(bytes: Buffer, name: string): FileType | undefined {
  const head = bytes.subarray(0, 64).toString('latin1')
  const sign = SIGNS.find(({ bytes: wanted, at = 0 }) => head.startsWith(wanted, at))
  if (sign) return sign
  const ending = endingOf(name)
  if (head.startsWith('PK\x03\x04')) {
    const mime = ARCHIVES[ending]
    const known = mime === undefined ? 'zip' : ending
    return { mime: mime ?? 'application/zip', kind: 'document', endings: [known] }
  }
  const mime = TEXTS[ending]
  if (mime === undefined || !isPlain(bytes.subarray(0, LOOKED_AT))) return undefined
  return { mime, kind: 'document', endings: [ending] }
}

export function endingOf(name: string): string {
  return /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** Text, and nothing that a browser or a shell would run. */
function isPlain(bytes: Buffer): boolean {
  const text = bytes.toString('utf8')
  if (text.includes('\0') || /^\s*(?:#!|<)/.test(text)) return false
  // A sign may be cut in two at the end of what is looked at.
  return !text.slice(0, -4).includes('\ufffd')
}
