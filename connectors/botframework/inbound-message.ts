import type { GeoPoint, InboundEvent, InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import { type RichText, visibleText } from '#core/rich-text.ts'
import { joinLines } from '#kit/degrade.ts'
import { kindOf } from '#kit/file-kind.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { isTrustedUrl } from './hosts.ts'
import { readCard } from './inbound-cards.ts'
import { isReference, readForwarded, readQuoted } from './inbound-references.ts'
import { hash, inChat, type Scene, toPayload, unsupported } from './inbound-scene.ts'
import { readText } from './inbound-text.ts'
import { type Activity, type Attachment, placeSchema, pointSchema } from './types.ts'

const TEAMS_FILE = 'application/vnd.microsoft.teams.file.download.info'

/**
 * A message or an edited one, and beside it one `unsupported` event per attachment that can't be handed on (cards, data
 * addresses) and per field that can't be read. A value is a pressed button, also beside what was written.
 */
export function readMessage(
  scene: Scene,
  type: 'message.new' | 'message.updated',
): readonly InboundEvent[] {
  const { activity } = scene
  const id = activity.id || hash(JSON.stringify({ ...activity, channelData: undefined }))
  const ink = readInk(activity)
  const { files, leftOver } = readAttachments(scene)
  const payload = type === 'message.new' ? toPayload(activity.value) : undefined
  const pressed = payload === undefined ? [] : [toButton(scene, payload)]
  const location = readLocation(activity)
  if (!ink.text && files.length === 0 && !location) {
    const others = [...pressed, ...leftOver, ...unread(scene)]
    return others.length > 0 ? others : [unsupported(scene, emptyKind(activity))]
  }
  const sentAt = readInstant(activity.timestamp)
  const message = {
    id,
    ...given({ sentAt, text: ink.text }),
    ...(files.length > 0 ? { files } : {}),
    ...given({ replyTo: ink.replyTo, location, forwarded: ink.forwarded }),
  }
  return [{ type, ...inChat(scene), message }, ...pressed, ...leftOver, ...unread(scene)]
}

/** Content that is there and nothing was made of, because it isn't what the activity's schema says. */
function unread(scene: Scene): InboundEvent[] {
  const { activity, raw } = scene
  return (['text', 'attachments', 'entities'] as const)
    .filter((name) => activity[name] === undefined && raw[name] !== undefined && raw[name] !== null)
    .map((name) => unsupported(scene, name))
}

interface Ink {
  /** With something to see. */
  readonly text?: RichText
  readonly replyTo?: InboundMessage['replyTo']
  readonly forwarded?: true
}

function readInk(activity: Activity): Ink {
  const { text: written, replyToId } = readText(activity)
  const [quoted, ...others] = readQuoted(activity)
  const passedOn = readForwarded(activity)
  const text = joinLines([
    ...others.map(({ text: words }) => toQuote(words)),
    visibleText(written).trim() === '' ? [] : written,
    ...passedOn.map(toQuote),
    ...(activity.attachments ?? []).map(readCard),
  ])
  const id = activity.replyToId || quoted?.id || replyToId
  const words = quoted !== undefined && quoted.id === id ? quoted.text : []
  return {
    ...(visibleText(text).trim() === '' ? {} : { text }),
    ...(id ? { replyTo: { id, ...(words.length > 0 ? { text: words } : {}) } } : {}),
    ...(passedOn.length > 0 ? { forwarded: true } : {}),
  }
}

function toQuote(children: RichText): RichText {
  return children.length === 0 ? [] : [{ type: 'quote', children }]
}

function toButton(scene: Scene, payload: string): InboundEvent {
  const { replyToId } = scene.activity
  return {
    type: 'button',
    ...inChat(scene),
    payload,
    ...(replyToId ? { message: { id: replyToId } } : {}),
  }
}

function readAttachments(scene: Scene): { files: InboundFile[]; leftOver: InboundEvent[] } {
  const files: InboundFile[] = []
  const leftOver: InboundEvent[] = []
  for (const attachment of withoutTwins(scene.activity.attachments ?? [])) {
    if (repeatsText(attachment) || isReference(attachment)) continue
    const file = toFile(attachment, scene)
    if (file) files.push(file)
    else leftOver.push(unsupported(scene, `attachment:${attachment.contentType ?? ''}`))
  }
  const { attachments } = scene.raw
  const unreadable = listOf(attachments).length - (scene.activity.attachments?.length ?? 0)
  for (let odd = 0; odd < unreadable; odd++) leftOver.push(unsupported(scene, 'attachment:'))
  return { files, leftOver }
}

/** The same picture may be listed twice: as it is, and as it stands in the text. */
function withoutTwins(attachments: readonly Attachment[]): Attachment[] {
  const seen = new Set<string>()
  return attachments.filter(({ contentUrl: url }) => {
    if (!url) return true
    const isTwin = seen.has(url)
    seen.add(url)
    return !isTwin
  })
}

/** Teams sends the text once more as HTML, and each emoji of it as a picture from its static host. */
function repeatsText({ contentType, contentUrl }: Attachment): boolean {
  if (contentType === 'text/html' && !contentUrl) return true
  const host = URL.parse(contentUrl ?? '')?.hostname ?? ''
  return host.startsWith('statics.teams') && (contentType ?? '').startsWith('image/')
}

/** Names what an activity without anything to show held: at least the HTML that was left aside. */
function emptyKind(activity: Activity): string {
  const html = activity.attachments?.some((attachment) => attachment.contentType === 'text/html')
  return html ? 'attachment:text/html' : activity.type
}

function toFile(attachment: Attachment, { settings }: Scene): InboundFile | undefined {
  const { contentType, name, content } = attachment
  if (contentType === TEAMS_FILE) return toTeamsFile(content, name)
  const url = attachment.contentUrl
  // A data address would put bytes into the event, others can't be fetched by a portal.
  if (!isWebAddress(url)) return undefined
  const mime = contentType && /^[\w.+-]+\/[\w.+-]+/.test(contentType) ? contentType : undefined
  return {
    // Files on the service's own hosts open with the bot's token only.
    source: isTrustedUrl(url, settings) ? { ref: url } : { url },
    kind: kindOf({ ...given({ mime: contentType, name }), url }),
    ...given({ name, mime }),
  }
}

/** `downloadUrl` needs no token of ours; it is the person's file in OneDrive, opened for some minutes. */
function toTeamsFile(content: unknown, name: string | undefined): InboundFile | undefined {
  if (!isRecord(content)) return undefined
  const { downloadUrl: url } = content
  if (!isWebAddress(url)) return undefined
  const kind = kindOf({ name: name || `.${textFields(content)('fileType')}`, url })
  return { source: { url }, kind, ...given({ name }) }
}

function readLocation(activity: Activity): GeoPoint | undefined {
  for (const entity of activity.entities ?? []) {
    const place = placeSchema.safeParse(entity).data ?? pointSchema.safeParse(entity).data
    if (!place) continue
    const { latitude, longitude } = 'geo' in place ? place.geo : place
    return {
      latitude,
      longitude,
      ...given({ title: place.name, address: place.address }),
    }
  }
  return undefined
}
