import { given } from '#core/given.ts'
import type { JsonObject } from '#core/json.ts'
import type { Button, OutboundMessage } from '#core/message.ts'
import { plainText, type RichText, visibleText } from '#core/rich-text.ts'
import {
  describeContact,
  describePlace,
  joinLines,
  listButtons,
  visibleButtons,
} from '#kit/degrade.ts'
import { fileName, kindOf } from '#kit/file-kind.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { splitRichText } from '#text/splitter.ts'

/** In the units of a browser's text; longer text is several messages. */
export const TEXT_LIMIT = 10_000

/** What one letter says of a message. */
export type Content = JsonObject

/** A message as letters, in order; empty when there is nothing to show. */
export function planMessage(message: OutboundMessage): Content[] {
  const { files = [], replyTo } = message
  const buttons = buttonsOf(message)
  const own = textOf(message)
  const isBare = visibleText(own).trim() === '' && files.length === 0 && buttons.length > 0
  const text = isBare ? plainText('…') : own
  const texts = splitRichText(text, TEXT_LIMIT, (part) => visibleText(part).length).filter(
    (part) => visibleText(part).trim() !== '',
  )
  if (texts.length === 0 && files.length > 0) texts.push([])
  return texts.map((part, index) => ({
    ...wordsOf(part),
    ...(index === 0 && replyTo ? { replyTo: { id: replyTo.id } } : {}),
    ...(index === texts.length - 1
      ? given({ files: filesOf(message), buttons: some(buttons) })
      : {}),
  }))
}

/** The same message with other words; the buttons stay where it names none. */
export function planEdit(message: OutboundMessage): Content {
  const buttons = message.buttons ? { buttons: buttonsOf(message) } : {}
  return { ...wordsOf(textOf(message)), ...buttons }
}

/** What opens no page of the web can't be a button there: it is a line of text. */
function textOf({ text = [], location, contact, buttons }: OutboundMessage): RichText {
  const odd = visibleButtons(buttons).filter(isOdd)
  return joinLines([
    text,
    ...describePlace(location),
    ...describeContact(contact),
    ...listButtons(odd),
  ])
}

function isOdd({ url }: Button): boolean {
  return url !== undefined && !isWebAddress(url)
}

/** The words by themselves, and as a tree where there is more to them. */
function wordsOf(text: RichText): Content {
  const isPlain = text.every(({ type }) => type === 'text' || type === 'emoji')
  return { text: visibleText(text), ...(isPlain ? {} : { rich: text as unknown as Content[] }) }
}

function filesOf({ files = [] }: OutboundMessage): Content[] | undefined {
  return some(
    files.map((file) => ({
      url: file.url,
      name: file.name || fileName(file) || file.url,
      kind: kindOf(file, { image: ['jpg', 'jpeg', 'png', 'gif', 'webp'] }),
    })),
  )
}

function buttonsOf({ buttons = [] }: OutboundMessage): Content[][] {
  return buttons
    .map((row) =>
      visibleButtons([row])
        .filter((button) => !isOdd(button))
        .map(({ text, url, payload }) => ({
          text,
          ...(url !== undefined ? { url } : { payload: payload ?? text }),
        })),
    )
    .filter((row) => row.length > 0)
}

function some<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined
}
