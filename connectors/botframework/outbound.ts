import type { FileKind } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { Button, OutboundFile, OutboundMessage } from '#core/message.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { splitRichText } from '#text/splitter.ts'
import type { ButtonRules, ChannelProfile } from './channels.ts'
import { toPlain } from './text/plain.ts'
import { chooseWriting, type TextDialect } from './text/write.ts'
import type { CardAction, ChatContext, OutboundActivity } from './types.ts'

const HERO_CARD = 'application/vnd.microsoft.card.hero'

const MIME_BY_EXTENSION: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
  zip: 'application/zip',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

const MIME_BY_KIND: Readonly<Record<FileKind, string>> = {
  image: 'image/jpeg',
  sticker: 'image/png',
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg',
  document: 'application/octet-stream',
}

/**
 * A message as the activities that carry it, in order: text (split at the channel's limit), then one activity per file.
 * Text and file never share one: Teams splits such an activity and then tells no id, so it could not be edited later.
 * `isEdit`: for a request that changes a message.
 */
export function planActivities(
  message: OutboundMessage,
  profile: ChannelProfile,
  isEdit = false,
): readonly OutboundActivity[] {
  const buttons = message.buttons?.flat() ?? []
  // A card is an activity of its own, and an edit is one activity: its buttons become a list.
  const isShownAs = isEdit && profile.buttons?.as === 'card' ? undefined : profile.buttons
  const rules = fits(buttons, isShownAs) ? isShownAs : undefined
  const files = message.files ?? []
  const shown = files.filter((file) => isShown(file, profile))
  const linked = files.filter((file) => !isShown(file, profile))
  const text = joinLines([
    ...((message.text ?? []).length > 0 ? [message.text ?? []] : []),
    ...describe(message),
    ...linked.map(toLinkLine),
    ...(rules ? [] : buttons.map(toListLine)),
  ])
  const dialect = isEdit || rules?.as === 'suggested' ? forFields(profile) : profile.dialect
  const activities = [
    ...planText(text, profile.textLimit, dialect),
    ...shown.map((file) => toFileActivity(file)),
  ]
  if (rules?.as === 'card') activities.push(toCard(buttons, rules))
  else if (rules) suggest(activities, buttons, rules)
  const [first, ...others] = activities
  if (!first || !message.replyTo) return activities
  return [{ ...first, replyToId: message.replyTo.id }, ...others]
}

/** Parts without anything to see are left out. */
function planText(text: RichText, limit: number, dialect: TextDialect): OutboundActivity[] {
  const { measure, write } = chooseWriting(text, dialect)
  return splitRichText(text, limit, measure)
    .filter((part) => toPlain(part).trim() !== '')
    .map((part) => ({ type: 'message', ...write(part) }))
}

/** A message in `channelData` is whole by itself: it neither replaces another nor comes with quick replies. */
function forFields({ dialect }: ChannelProfile): TextDialect {
  return dialect === 'slack' || dialect === 'telegram' ? 'plain' : dialect
}

/** The parties of an answer are those of the question, swapped. */
export function address(activity: OutboundActivity, context: ChatContext): object {
  return {
    ...activity,
    ...given({ from: context.bot }),
    ...(context.user && !context.isGroup ? { recipient: context.user } : {}),
    conversation: { id: context.conversationId },
  }
}

function fits(buttons: readonly Button[], rules: ButtonRules | undefined): boolean {
  if (!rules || buttons.length === 0 || buttons.length > rules.max) return false
  return rules.urls || buttons.every((button) => button.url === undefined)
}

function toCard(buttons: readonly Button[], rules: ButtonRules): OutboundActivity {
  const actions = buttons.map((button) => toAction(button, rules))
  return {
    type: 'message',
    attachments: [{ contentType: HERO_CARD, content: { buttons: actions } }],
  }
}

/** Quick replies hang on the last activity; alone they'd be an empty message, so their labels become its text. */
function suggest(
  activities: OutboundActivity[],
  buttons: readonly Button[],
  rules: ButtonRules,
): void {
  const last = activities.pop() ?? {
    type: 'message',
    text: buttons.map((button) => button.text).join(' / '),
    textFormat: 'plain',
  }
  const actions = buttons.map((button) => toAction(button, rules))
  activities.push({ ...last, suggestedActions: { actions } })
}

function toAction({ text, url, payload }: Button, rules: ButtonRules): CardAction {
  if (url !== undefined) return { type: 'openUrl', title: text, value: url }
  if (payload === undefined) return { type: 'imBack', title: text, value: text }
  if (!rules.valueObjects) return { type: 'postBack', title: text, value: payload }
  // A string would come back as if the person had typed it; Teams shows `displayText` as said by the person.
  return { type: 'messageBack', title: text, value: { payload }, displayText: text }
}

function toListLine({ text, url }: Button, index: number): RichText {
  return plainText(`${index + 1}. ${text}${url === undefined ? '' : `: ${url}`}`)
}

/** A place and a contact as lines of text: no channel takes them through the connector. */
function describe({ location, contact }: OutboundMessage): RichText[] {
  const lines: string[] = []
  if (location) {
    const { latitude, longitude, title, address: street } = location
    lines.push(...[title, street].flatMap((line) => (line ? [line] : [])))
    lines.push(
      `${latitude}, ${longitude}`,
      `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}`,
    )
  }
  const card = [contact?.name, contact?.phone].filter((part) => part !== undefined && part !== '')
  if (card.length > 0) lines.push(card.join(', '))
  return lines.map(plainText)
}

function joinLines(lines: readonly RichText[]): RichText {
  return lines.flatMap((line, index) => (index === 0 ? line : [...plainText('\n'), ...line]))
}

function isShown(file: OutboundFile, { files }: ChannelProfile): boolean {
  if (files === 'images') return toContentType(file).startsWith('image/')
  return files === 'native'
}

function toLinkLine({ name, url }: OutboundFile): RichText {
  return plainText(name ? `${name}: ${url}` : url)
}

function toFileActivity(file: OutboundFile): OutboundActivity {
  const { url, name } = file
  const contentType = toContentType(file)
  return {
    type: 'message',
    attachments: [{ contentType, contentUrl: url, ...given({ name }) }],
  }
}

/** The protocol wants a content type; the portal tells at most a kind, so the name's ending goes first. */
function toContentType({ url, name, kind }: OutboundFile): string {
  const path = name ?? URL.parse(url)?.pathname ?? ''
  const extension = /\.([a-z0-9]{1,5})$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  const known = Object.hasOwn(MIME_BY_EXTENSION, extension)
    ? MIME_BY_EXTENSION[extension]
    : undefined
  return known ?? MIME_BY_KIND[kind ?? 'document']
}
