import type { JsonObject } from '#core/json.ts'
import { type RichText, type TextNode, visibleText } from '#core/rich-text.ts'
import { toPlain } from '#text/channels/plain.ts'
import { toSkypeText, toSkypeXml } from '#text/channels/skype.ts'
import { writeSlackText } from '#text/channels/slack.ts'
import { type NamedPerson, toMarkdown } from '#text/channels/teams-markdown.ts'
import { measureEntities } from '#text/channels/telegram-entities.ts'
import { renderTelegramHtml } from '#text/channels/telegram-html.ts'

/** The fields of an outbound activity that carry its text. */
export interface WrittenText {
  readonly text?: string
  readonly textFormat?: 'plain' | 'markdown' | 'xml'
  readonly entities?: readonly {
    readonly type: 'mention'
    readonly text: string
    readonly mentioned: { readonly id: string; readonly name: string }
  }[]
  /** In the messenger's own words, for what the connector would not hand on unchanged. */
  readonly channelData?: JsonObject
}

/** What a channel takes: one form for text with markup, and plain text where there is none. */
export type TextDialect = 'teams' | 'markdown' | 'skype' | 'slack' | 'telegram' | 'plain'

/** How a text, or one part of it, is sent. */
export interface Writing {
  /** Length in UTF-16 units, as the channel counts it. */
  measure(part: RichText): number
  write(part: RichText): WrittenText
}

const PLAIN: Writing = {
  measure: (part) => toPlain(part).length,
  write: (part) => ({ text: toPlain(part), textFormat: 'plain' }),
}

const MARKDOWN: Writing = {
  measure: (part) => toMarkdown(part).length,
  write: (part) => ({ text: toMarkdown(part), textFormat: 'markdown' }),
}

const TEAMS: Writing = {
  // The tags of named people count towards the limit.
  measure: (part) => toMarkdown(part, []).length,
  write: (part) => {
    const people: NamedPerson[] = []
    const text = toMarkdown(part, people)
    const entities = people.map(({ id, name, text: tag }) => ({
      type: 'mention' as const,
      text: tag,
      mentioned: { id, name },
    }))
    return { text, textFormat: 'markdown', ...(entities.length > 0 ? { entities } : {}) }
  },
}

const SKYPE_XML: Writing = {
  measure: (part) => toSkypeXml(part).length,
  write: (part) => ({ text: toSkypeXml(part), textFormat: 'xml' }),
}

const SKYPE_TEXT: Writing = {
  measure: (part) => toSkypeText(part).length,
  write: (part) => ({ text: toSkypeText(part), textFormat: 'plain' }),
}

/**
 * Handed on to Slack's chat.postMessage as it is (https://docs.microsoft.com/azure/bot-service/bot-builder-channeldata).
 * The connector's own way from `text` reads markup into plain text as well and loses line breaks
 * (microsoft/botframework-sdk#1152, microsoft/botbuilder-dotnet#3928).
 */
const SLACK: Writing = {
  measure: (part) => writeSlackText(part).length,
  write: (part) => ({ channelData: { text: writeSlackText(part) } }),
}

/** A call of Telegram's own, for the same reason. Telegram counts what is left when the tags are taken out. */
const TELEGRAM_LIMIT = 4096
const TELEGRAM: Writing = {
  measure: (part) => measureEntities(part, TELEGRAM_LIMIT),
  write: (part) => {
    const parameters = { text: renderTelegramHtml(part), parse_mode: 'HTML' }
    return { channelData: { method: 'sendMessage', parameters } }
  },
}

/** How to write a text; unformatted text goes as plain, where nothing has to be escaped and nothing is misread. */
export function chooseWriting(text: RichText, dialect: TextDialect): Writing {
  switch (dialect) {
    case 'plain':
      return PLAIN
    case 'skype':
      return isFormatted(text) ? SKYPE_XML : SKYPE_TEXT
    case 'slack':
      return isFormatted(text) || isAmbiguous(text) ? SLACK : PLAIN
    case 'telegram':
      return isFormatted(text) || isAmbiguous(text) ? TELEGRAM : PLAIN
    case 'teams':
      return isFormatted(text) ? TEAMS : PLAIN
    case 'markdown':
      return isFormatted(text) ? MARKDOWN : PLAIN
  }
}

/** Would this text lose something if it were sent as plain? Emoji are Unicode in either format. */
function isFormatted(text: RichText): boolean {
  return text.some((node: TextNode) => node.type !== 'text' && node.type !== 'emoji')
}

/** Could a connector that ignores `textFormat: plain` read markup in it? */
function isAmbiguous(text: RichText): boolean {
  return /[\\`*_~[\]<>#|&\n]|:[\w+-]+:|^\s*(?:[-+=]|\d+[.)])/.test(visibleText(text))
}
