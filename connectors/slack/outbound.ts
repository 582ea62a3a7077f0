import type { OutboundMessage } from '#core/message.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import {
  describeContact,
  describePlace,
  joinLines,
  linkToFile,
  visibleButtons,
} from '#kit/degrade.ts'
import { writeSlackText } from '#text/channels/slack.ts'
import { splitRichText } from '#text/splitter.ts'
import { planButtons } from './outbound-buttons.ts'

/** Slack cuts at 40 000 characters and advises no more than this: https://docs.slack.dev/changelog/2018-truncating-really-long-messages */
export const TEXT_LIMIT = 4000
/** https://docs.slack.dev/reference/block-kit/blocks/section-block */
const SECTION_LIMIT = 3000

export interface Part {
  readonly text: RichText
  /** Blocks of buttons below the text. */
  readonly actions: readonly object[]
}

/**
 * A message → what is sent, in order: its text with all that Slack has no form for, buttons with the last part. Files are
 * links, of which Slack shows previews. Empty when there is nothing to send.
 */
export function planMessage(message: OutboundMessage): Part[] {
  const { actions, list } = planButtons(message.buttons ?? [])
  const text = joinLines([
    message.text ?? [],
    ...list,
    ...(message.files ?? []).map(linkToFile),
    ...describePlace(message.location),
    ...describeContact(message.contact),
  ])
  const texts = splitRichText(text, TEXT_LIMIT, lengthOf).filter(
    (part) => writeSlackText(part).trim() !== '',
  )
  if (texts.length === 0 && actions.length > 0) {
    const labels = visibleButtons(message.buttons).map((button) => button.text)
    return [{ text: plainText(labels.join(', ')), actions }]
  }
  return texts.map((part, index) => ({
    text: part,
    actions: index === texts.length - 1 ? actions : [],
  }))
}

function lengthOf(text: RichText): number {
  return writeSlackText(text).length
}

/**
 * `text` and `blocks` of a call. With buttons the text stands in blocks too, since Slack then shows the blocks alone and
 * the text in notifications; without them there are none.
 */
export function toContent({ text, actions }: Part): {
  readonly text: string
  readonly blocks: readonly object[]
} {
  const written = writeSlackText(text)
  if (actions.length === 0) return { text: written, blocks: [] }
  const sections = splitRichText(text, SECTION_LIMIT, lengthOf).map((piece) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: writeSlackText(piece) },
  }))
  return { text: written, blocks: [...sections, ...actions] }
}
