import type { FileKind, GeoPoint, InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { joinLines } from '#kit/degrade.ts'
import { nameInAddress } from '#kit/file-kind.ts'
import { lookUp } from '#kit/look-up.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { toFileRef } from './messaging-file-refs.ts'
import type { ItemContext } from './messaging-traits.ts'
import type { Attachment, MetaMessage } from './messaging-types.ts'

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
}

/** The thumb beside the text field, in its three sizes: it is what people send as 👍. */
const THUMBS = new Set(['369239263222822', '369239343222814', '369239383222810'])

export interface MessageContent {
  /** Absent when nothing in it can be carried. */
  readonly message?: InboundMessage
  /** Meta's names of the parts that can't be carried. */
  readonly unsupported: readonly string[]
}

export function readMessage(message: MetaMessage, { at, traits }: ItemContext): MessageContent {
  const attachments = withoutTwins(message.attachments ?? [])
  const pieces = attachments.map((one, index) => readAttachment(one, message, index))
  const text = joinLines([
    message.text ? traits.readText(message.text) : [],
    ...pieces.map((piece) => piece.text ?? []),
  ])
  const story = readStory(message)
  const files = [...story, ...pieces.flatMap(({ file }) => (file ? [file] : []))]
  const location = pieces.find((piece) => piece.location)?.location
  const unsupported = pieces.flatMap((piece) => (piece.unsupported ? [piece.unsupported] : []))
  const isEmpty = text.length === 0 && files.length === 0 && location === undefined
  if (isEmpty) return { unsupported: unsupported.length > 0 ? unsupported : ['message'] }
  const answered = message.reply_to?.mid ?? message.reply_to?.story?.id
  return {
    message: {
      id: message.mid,
      sentAt: at,
      ...(text.length > 0 ? { text } : {}),
      ...(files.length > 0 ? { files } : {}),
      ...(answered ? { replyTo: { id: answered } } : {}),
      ...given({ location }),
      ...(message.is_echo ? { outgoing: true } : {}),
    },
    unsupported,
  }
}

/** A sticker comes twice, as `image` and as `sticker` with one `sticker_id`. */
function withoutTwins(attachments: readonly Attachment[]): Attachment[] {
  const seen = new Set<string>()
  return attachments.filter(({ payload }) => {
    const sticker = payload?.sticker_id
    if (!sticker) return true
    const isFirst = !seen.has(sticker)
    seen.add(sticker)
    return isFirst
  })
}

interface Piece {
  readonly text?: RichText
  readonly file?: InboundFile
  readonly location?: GeoPoint
  readonly unsupported?: string
}

function readAttachment(attachment: Attachment, message: MetaMessage, index: number): Piece {
  const { type, payload } = attachment
  const title = attachment.title || payload?.title
  const location = type === 'location' ? readPlace(payload, title) : undefined
  if (location) return { location }
  if (THUMBS.has(payload?.sticker_id ?? '')) return { text: [{ type: 'emoji', value: '👍' }] }
  const address = payload?.url ?? attachment.url
  const url = isWebAddress(address) ? address : undefined
  if (type === 'fallback' && url) return { text: toLink(url, title, message.text) }
  const kind = payload?.sticker_id ? 'sticker' : lookUp(KIND_OF, type)
  if (!kind || !url) return { unsupported: `attachment:${type}`.slice(0, 64) }
  const source = { ref: toFileRef({ mid: message.mid, index, url }) }
  if (type !== 'file')
    return { file: { source, kind }, ...(title ? { text: plainText(title) } : {}) }
  // Files are named in their address only: `https://cdn.fbsbx.com/…/act.pdf?…`.
  return { file: { source, kind, ...given({ name: nameInAddress(url) }) } }
}

function readPlace(
  payload: Attachment['payload'],
  title: string | null | undefined,
): GeoPoint | undefined {
  const { lat: latitude, long: longitude } = payload?.coordinates ?? {}
  if (latitude === undefined || longitude === undefined) return undefined
  return { latitude, longitude, ...given({ title }) }
}

/** A link that someone shared; the text often is that link. */
function toLink(
  url: string,
  title: string | null | undefined,
  text: string | null | undefined,
): RichText {
  if (text?.includes(url)) return []
  return [{ type: 'link', href: url, children: plainText(title || url) }]
}

/** The story that was answered: its link dies within a day. */
function readStory({ mid, reply_to: replyTo }: MetaMessage): InboundFile[] {
  const url = replyTo?.story?.url
  if (!isWebAddress(url)) return []
  return [{ source: { ref: toFileRef({ mid, url }) }, kind: 'document' }]
}
