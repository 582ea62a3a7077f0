import { BadUpdateError } from '#core/errors.ts'
import type { GeoPoint, InboundEvent, InboundFile } from '#core/event.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { type RichText, visibleText } from '#core/rich-text.ts'
import { kindOf } from '#kit/file-kind.ts'
import { textFields } from '#kit/json-answer.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { isTrustedUrl } from './hosts.ts'
import { hash, inChat, readInstant, type Scene, toPayload, unsupported } from './inbound-scene.ts'
import { readText } from './inbound-text.ts'
import { type Activity, type Attachment, placeSchema, pointSchema } from './types.ts'

const TEAMS_FILE = 'application/vnd.microsoft.teams.file.download.info'

/**
 * A message or an edited one, and beside it one `unsupported` event per attachment that can't be handed on (cards, data
 * addresses). A value without text is a pressed button.
 */
export function readMessage(
  scene: Scene,
  type: 'message.new' | 'message.updated',
): readonly InboundEvent[] {
  const { activity } = scene
  const id =
    activity.id ||
    (type === 'message.new'
      ? hash(JSON.stringify({ ...activity, channelData: undefined }))
      : undefined)
  if (!id) throw new BadUpdateError('a messageUpdate without id')
  const { text, replyToId } = readInk(activity)
  const { files, leftOver } = readAttachments(scene)
  const payload = toPayload(activity.value)
  if (!text && files.length === 0 && payload !== undefined && type === 'message.new') {
    return [toButton(scene, payload), ...leftOver]
  }
  const location = readLocation(activity)
  if (!text && files.length === 0 && !location) {
    return leftOver.length > 0 ? leftOver : [unsupported(scene, emptyKind(activity))]
  }
  const sentAt = readInstant(activity.timestamp)
  const message = {
    id,
    ...given({ sentAt, text }),
    ...(files.length > 0 ? { files } : {}),
    ...(replyToId ? { replyTo: { id: replyToId } } : {}),
    ...given({ location }),
  }
  return [{ type, ...inChat(scene), message }, ...leftOver]
}

/** Text with something to see, if there is any. */
function readInk(activity: Activity): { text?: RichText; replyToId?: string } {
  const { text, replyToId } = readText(activity)
  const answered = activity.replyToId || replyToId
  return {
    ...(visibleText(text).trim() === '' ? {} : { text }),
    ...given({ replyToId: answered }),
  }
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
  for (const attachment of scene.activity.attachments ?? []) {
    if (repeatsText(attachment)) continue
    const file = toFile(attachment, scene)
    if (file) files.push(file)
    else leftOver.push(unsupported(scene, `attachment:${attachment.contentType ?? ''}`))
  }
  return { files, leftOver }
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
  if (contentType === TEAMS_FILE) return toTeamsFile(content, name ?? undefined)
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
