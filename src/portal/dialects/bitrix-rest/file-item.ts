import type { FileKind } from '../../../core/event.ts'
import { given } from '../../../core/given.ts'
import type { RenderedFile } from '../../../core/stored-event.ts'
import { httpOnly } from './person.ts'

/** A file as the portal fetches it while the post waits. */
export interface PortalFile {
  readonly url: string
  readonly name: string
  readonly type?: string
}

/** The portal keeps the last 50 characters of a name. */
const MAX_NAME = 50

const EXTENSION_BY_MIME: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/heic': 'heic',
  'image/svg+xml': 'svg',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
  'audio/amr': 'amr',
  'audio/wav': 'wav',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'application/json': 'json',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'text/plain': 'txt',
  'text/csv': 'csv',
  'text/vcard': 'vcf',
}

const BY_KIND: Readonly<Record<FileKind, { readonly stem: string; readonly extension: string }>> = {
  image: { stem: 'image', extension: 'jpg' },
  video: { stem: 'video', extension: 'mp4' },
  audio: { stem: 'audio', extension: 'mp3' },
  voice: { stem: 'voice', extension: 'ogg' },
  document: { stem: 'file', extension: 'bin' },
  sticker: { stem: 'sticker', extension: 'webp' },
}

/**
 * Without a name that ends in an extension the portal guesses, and may keep a file that nobody can open. Undefined for what
 * the portal can't fetch: that is shown as text.
 */
export function toPortalFile({
  url,
  name = '',
  kind,
  mime = '',
}: RenderedFile): PortalFile | undefined {
  if (httpOnly(url) === '') return undefined
  const type = mime.split(';', 1)[0]?.trim().toLowerCase()
  return { url, name: fileName(name, kind, type), ...given({ type }) }
}

function fileName(name: string, kind: FileKind, type = ''): string {
  const bare = name.replaceAll(/[\p{Cc}/\\:*?"<>|]+/gu, '_').trim()
  const [whole = '', stem = '', own = ''] = /^(.*)\.([A-Za-z0-9]{1,8})$/.exec(bare) ?? []
  const standard = BY_KIND[kind]
  const extension = own || (EXTENSION_BY_MIME[type] ?? standard.extension)
  const base = (whole ? stem : bare) || standard.stem
  const room = MAX_NAME - extension.length - 1
  return `${[...base].slice(0, room).join('')}.${extension}`
}
