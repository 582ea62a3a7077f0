import { given } from '#core/given.ts'
import type { Button, OutboundFile, OutboundMessage } from '#core/message.ts'
import type { RichText } from '#core/rich-text.ts'
import { describeContact, describePlace, joinLines, linkToFile, listButtons } from '#kit/degrade.ts'
import { fileName, mimeOf } from '#kit/file-kind.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { toPlain } from '#text/channels/plain.ts'
import { splitRichText } from '#text/splitter.ts'
import { chooseWriting, type TextDialect } from './outbound-text.ts'
import type { CardAction, ChatContext, OutboundActivity } from './types.ts'
import type { ButtonRules, ChannelProfile } from './virtual.ts'

const HERO_CARD = 'application/vnd.microsoft.card.hero'

/** Pictures that clients show in the chat. */
const SHOWN_PICTURE = /^image\/(?:png|jpeg|gif|webp)$/

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
    message.text ?? [],
    ...describePlace(message.location),
    ...describeContact(message.contact),
    ...linked.map(linkToFile),
    ...(rules ? [] : listButtons(buttons)),
  ])
  const dialect = isEdit || rules?.as === 'suggested' ? forFields(profile) : profile.dialect
  const activities = [...planText(text, profile.textLimit, dialect), ...shown.map(toFileActivity)]
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
    channelId: context.channelId,
    ...given({ from: context.bot }),
    ...(context.user && !context.isGroup ? { recipient: context.user } : {}),
    conversation: { id: context.conversationId },
  }
}

function fits(buttons: readonly Button[], rules: ButtonRules | undefined): boolean {
  if (!rules || buttons.length === 0 || buttons.length > rules.max) return false
  return buttons.every(({ url }) => url === undefined || (rules.urls && isWebAddress(url)))
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

function isShown(file: OutboundFile, { files }: ChannelProfile): boolean {
  if (files === 'images') return SHOWN_PICTURE.test(mimeOf(file))
  return files === 'native'
}

function toFileActivity(file: OutboundFile): OutboundActivity {
  const name = file.name && fileName(file)
  const attachment = { contentType: mimeOf(file), contentUrl: file.url, ...given({ name }) }
  return { type: 'message', attachments: [attachment] }
}
