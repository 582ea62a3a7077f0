import type { FileKind, GeoPoint, InboundFile } from '#core/event.ts'
import { given } from '#core/given.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { joinLines } from '#kit/degrade.ts'
import { nameInAddress } from '#kit/file-kind.ts'
import { lookUp } from '#kit/look-up.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { toFileRef } from './messaging-file-refs.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import { type Attachment, attachmentSchema, type MetaMessage } from './messaging-types.ts'

/** What an attachment's address leads to. A share, post or story may be a picture or a video: nobody says which. */
const KIND_OF: Readonly<Record<string, FileKind>> = {
  image: 'image',
  audio: 'audio',
  video: 'video',
  file: 'document',
  sticker: 'sticker',
  reel: 'video',
  ig_reel: 'video',
  post: 'document',
  ig_post: 'document',
  share: 'document',
  story_mention: 'document',
  ig_story: 'document',
}

/** The thumb beside the text field, in its three sizes: it is what people send as 👍. */
const THUMBS = new Set(['369239263222822', '369239343222814', '369239383222810'])

/** Addresses of pages that people look at; Meta's files lie on other hosts (`fbcdn.net`, `fbsbx.com`, `cdninstagram.com`). */
const PAGE_HOST = /^(?:(?:www|m|web|mobile)\.)?(?:facebook|instagram)\.com$|^fb\.(?:watch|me)$/

export interface AttachedContent {
  /** Lines of text, from the attachments in turn. */
  readonly texts: readonly RichText[]
  readonly files: readonly InboundFile[]
  readonly location?: GeoPoint
  /** Meta's names of what can't be carried. */
  readonly unsupported: readonly string[]
}

interface Piece {
  readonly text?: RichText
  readonly file?: InboundFile
  readonly location?: GeoPoint
  readonly unsupported?: string
}

/** Some things come twice: stickers as `image` and as `sticker`, posts as `share` and as `ig_post`. */
export function readAttachments(message: MetaMessage, traits: MessagingTraits): AttachedContent {
  const seen = new Map<string, string | undefined>()
  const pieces = attachmentsOf(message).map((attachment, index): Piece => {
    const piece = readAttachment(attachment, index, message, traits)
    const { payload, url, type } = attachment
    const mark = payload?.sticker_id || payload?.url || url
    if (mark === undefined || piece.unsupported) return piece
    const isTwin = seen.has(mark) && (payload?.sticker_id || seen.get(mark) !== type)
    if (!seen.has(mark)) seen.set(mark, type)
    // What the second has to say is its title alone.
    return isTwin ? given({ text: payload?.sticker_id ? undefined : piece.text }) : piece
  })
  const places = pieces.flatMap(({ location }) => location ?? [])
  const [location] = places
  const texts = pieces.flatMap(({ text }) => (text && text.length > 0 ? [text] : []))
  const distinct = new Map(texts.map((text) => [JSON.stringify(text), text]))
  return {
    texts: [...distinct.values()],
    files: pieces.flatMap(({ file }) => file ?? []),
    ...given({ location }),
    unsupported: [
      ...pieces.flatMap(({ unsupported }) => unsupported ?? []),
      ...places.slice(1).map(() => 'attachment:location'),
    ],
  }
}

/** What can't be read stays in the list, without a type, and so is told. */
function attachmentsOf({ attachments }: MetaMessage): Attachment[] {
  if (attachments === undefined || attachments === null) return []
  const list: unknown[] = Array.isArray(attachments) ? attachments : [attachments]
  return list.map((one) => attachmentSchema.safeParse(one).data ?? {})
}

function readAttachment(
  attachment: Attachment,
  index: number,
  message: MetaMessage,
  traits: MessagingTraits,
): Piece {
  const { type = 'unknown', payload } = attachment
  const title = attachment.title || payload?.title
  const location = type === 'location' ? readPlace(payload, title) : undefined
  if (location) return { location }
  if (THUMBS.has(payload?.sticker_id ?? '')) return { text: [{ type: 'emoji', value: '👍' }] }
  if (type === 'like_heart') return { text: [{ type: 'emoji', value: '❤️' }] }
  const url = toAddress(payload?.url ?? attachment.url, traits)
  const kind = payload?.sticker_id ? 'sticker' : lookUp(KIND_OF, type)
  if (url && (type === 'fallback' || isPage(url))) {
    return { text: toLink(url, title, message.text) }
  }
  if (!url) return readWords(attachment, type, title)
  const source = { ref: toFileRef({ mid: message.mid, index, url }) }
  if (!kind) return readNewKind(readWords(attachment, type, title), url, source)
  if (type !== 'file') return { file: { source, kind }, ...toText(title) }
  // Files are named in their address, mostly only there: `https://cdn.fbsbx.com/…/act.pdf?…`.
  return { file: { source, kind, ...given({ name: nameInAddress(url) || title }) } }
}

/** Reels are named by a path alone: `/reel/123/`. */
function toAddress(address: string | undefined, traits: MessagingTraits): string | undefined {
  const host = traits.object === 'page' ? 'www.facebook.com' : 'www.instagram.com'
  const whole = address && /^\/[^/]/.test(address) ? `https://${host}${address}` : address
  return isWebAddress(whole) ? whole : undefined
}

function isPage(url: string): boolean {
  return PAGE_HOST.test(new URL(url).hostname)
}

/** Does the address lead to one of Meta's stores of files? */
function isStored(url: string): boolean {
  return /(?:^|\.)(?:fbcdn\.net|fbsbx\.com|cdninstagram\.com)$/.test(new URL(url).hostname)
}

/**
 * A kind that is new, or a template. What lies at Meta's is a file, anything else an address; `words` has its name too, for
 * there may be more to it.
 */
function readNewKind(words: Piece, url: string, source: InboundFile['source']): Piece {
  if (isStored(url)) return { ...words, file: { source, kind: 'document' } }
  return { ...words, text: joinLines([words.text ?? [], toLink(url, undefined, undefined)]) }
}

/** What an attachment says that leads nowhere. A shared link that has gone is its title, and nothing more. */
function readWords({ payload }: Attachment, type: string, title: string | undefined): Piece {
  const elements = [...(payload?.elements ?? []), ...(payload?.product?.elements ?? [])]
  const lines = [
    title,
    payload?.text,
    ...elements.map((one) =>
      [one.title, one.subtitle, one.retailer_id || one.id].filter(Boolean).join(', '),
    ),
  ].filter(Boolean)
  const isAll = type === 'fallback' && lines.length > 0
  return {
    ...toText(lines.join('\n')),
    ...(isAll ? {} : { unsupported: `attachment:${type}`.slice(0, 64) }),
  }
}

function toText(words: string | undefined): { readonly text?: RichText } {
  return words ? { text: plainText(words) } : {}
}

function readPlace(
  payload: Attachment['payload'],
  title: string | undefined,
): GeoPoint | undefined {
  const { lat: latitude, long: longitude } = payload?.coordinates ?? {}
  if (latitude === undefined || longitude === undefined) return undefined
  return { latitude, longitude, ...given({ title }) }
}

/** A link that someone shared; the text often is that link. */
function toLink(url: string, title: string | undefined, text: string | undefined): RichText {
  if (text?.includes(url)) return []
  return [{ type: 'link', href: url, children: plainText(title || url) }]
}
