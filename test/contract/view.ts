import type { ContactCard, FileKind, GeoPoint } from '../../src/core/event.ts'
import { given } from '../../src/core/given.ts'
import type { Button } from '../../src/core/message.ts'

export type SentAct = 'message' | 'edit' | 'delete' | 'typing' | 'read'

export interface SentFile {
  /** As what the channel shows it: a picture, something that plays, or a file to open. */
  readonly kind: 'image' | 'video' | 'audio' | 'file'
  /** The portal's address of it, however the channel was given the bytes. */
  readonly url: string
  readonly name?: string
}

/** One request that a channel has taken, in words that are no channel's own. */
export interface SentView {
  readonly act: SentAct
  /** As the hub names the chat. */
  readonly chat: string
  /** The message that is edited, deleted or marked as read. */
  readonly messageId?: string
  /** Everything to read in it, without the channel's escapes: texts, captions, what stands above buttons. */
  readonly texts: readonly string[]
  readonly files: readonly SentFile[]
  /** In the channel's own form, not as lines of text. */
  readonly buttons: readonly Button[]
  readonly replyTo?: string
  readonly location?: GeoPoint
  readonly contact?: ContactCard
}

/** A view from the parts that this request has. */
export function viewOf(
  act: SentAct,
  chat: unknown,
  parts: {
    readonly messageId?: unknown
    readonly texts?: readonly unknown[]
    readonly files?: readonly SentFile[]
    readonly buttons?: readonly Button[]
    readonly replyTo?: unknown
    readonly location?: GeoPoint | undefined
    readonly contact?: ContactCard | undefined
  } = {},
): SentView {
  const { messageId, texts = [], files = [], buttons = [], replyTo, location, contact } = parts
  return {
    act,
    chat: String(chat),
    texts: texts.filter((text) => typeof text === 'string' && text !== '') as string[],
    files,
    buttons,
    ...given({ messageId: idOf(messageId), replyTo: idOf(replyTo), location, contact }),
  }
}

function idOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value)
}

/** All that a person reads, request after request. */
export function textsOf(views: readonly SentView[]): string[] {
  return views.flatMap(({ texts }) => texts)
}

/** As which of the view's kinds a portal's kind is to be shown. */
export function shownKindOf(kind: FileKind): SentFile['kind'] {
  if (kind === 'video') return 'video'
  if (kind === 'audio' || kind === 'voice') return 'audio'
  return kind === 'document' ? 'file' : 'image'
}

/** What a fake has carried out, of the calls that show something. */
export function readTaken<Call>(
  { calls, taken }: { readonly calls: readonly Call[]; readonly taken: ReadonlySet<Call> },
  read: (call: Call) => SentView | undefined,
): SentView[] {
  return calls
    .filter((call) => taken.has(call))
    .map(read)
    .filter((view) => view !== undefined)
}

export type Json = Readonly<Record<string, unknown>>

/** A field that is an object; empty for anything else, so that a look at a strange body fails as an assertion. */
export function objectAt(value: Json | undefined, key: string): Json {
  const found = value?.[key]
  return typeof found === 'object' && found !== null ? (found as Json) : {}
}

export function listAt<T = Json>(value: Json | undefined, key: string): readonly T[] {
  const found = value?.[key]
  return Array.isArray(found) ? (found as T[]) : []
}

/** `&amp;`, `&lt;`, `&gt;`, `&quot;`: what markup languages need. */
export function unescapeMarkup(text: string): string {
  const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }
  return text.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => signs[name] ?? '')
}
