import type { FileKind } from '../../../core/event.ts'
import { given } from '../../../core/given.ts'
import type { RenderedFile } from '../../../core/stored-event.ts'
import type { PhpInput } from './wire/php-value.ts'

/** By kind, where nothing else says what a file is. */
const TYPES: Readonly<Record<FileKind, string>> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg',
  sticker: 'image/webp',
  document: 'application/octet-stream',
}
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
  ['video/mp4', 'mp4'],
  ['video/quicktime', 'mov'],
  ['video/webm', 'webm'],
  ['audio/mpeg', 'mp3'],
  ['audio/mp4', 'm4a'],
  ['audio/ogg', 'ogg'],
  ['audio/aac', 'aac'],
  ['audio/amr', 'amr'],
  ['application/pdf', 'pdf'],
  ['application/zip', 'zip'],
  ['text/plain', 'txt'],
])
const HAS_EXTENSION = /\.[A-Za-z0-9]{1,8}$/
/** The portal keeps the end of a name: the extension survives. */
const MAX_NAME = 200

/** A file as the portal downloads it, while our post waits. It is lost without a word where its link doesn't answer 200. */
export function toFileItem({ url, kind, name, mime }: RenderedFile): PhpInput {
  // With parameters (`; charset=…`) the portal doesn't find the extension to a type.
  const type = mime?.split(';')[0]?.trim().toLowerCase() || TYPES[kind]
  return { url, name: toName(name, url, kind, type), type }
}

function toName(name: string | undefined, url: string, kind: FileKind, type: string): string {
  const base = (name?.split(/[/\\]/).at(-1) ?? '').trim().slice(-MAX_NAME)
  if (HAS_EXTENSION.test(base)) return base
  const ofAddress = HAS_EXTENSION.exec(URL.parse(url)?.pathname ?? '')?.[0].slice(1)
  const extension = EXTENSIONS.get(type) ?? ofAddress ?? 'bin'
  return `${base === '' ? kind : base}.${extension}`
}

/** Can the portal still have it? A queue may have waited for longer than a link lives. */
export function isAlive({ url, expiresAt }: RenderedFile, now: number): boolean {
  if (!isLink(url)) return false
  return expiresAt === undefined || Date.parse(expiresAt) > now
}

export function isLink(url: string): boolean {
  const { protocol } = URL.parse(url) ?? {}
  return protocol === 'https:' || protocol === 'http:'
}

export function attachmentsOf({
  location,
  contact,
}: {
  readonly location?: { latitude: number; longitude: number; title?: string; address?: string }
  readonly contact?: { readonly name?: string; readonly phone?: string }
}): readonly PhpInput[] {
  const { name, phone } = contact ?? {}
  return [
    ...(location
      ? [
          {
            location: {
              ...given({ title: location.title, text: location.address }),
              // As text: the portal prints them into an address, where a float of PHP may have an exponent.
              coordinates: {
                longitude: decimal(location.longitude),
                latitude: decimal(location.latitude),
              },
            },
          },
        ]
      : []),
    ...(name || phone ? [{ contact: given({ name, phone }) }] : []),
  ]
}

/** About a centimetre; never with an exponent. */
function decimal(degrees: number): string {
  return degrees.toFixed(7).replace(/\.?0+$/, '')
}
