import type { TextFormat } from '../core/portal.ts'
import type { RichText } from '../core/rich-text.ts'
import { renderBbcode } from './bbcode.ts'
import { parseBbcode } from './bbcode-reader.ts'
import { parseBitrix } from './bitrix-reader.ts'
import { renderBitrix } from './bitrix-writer.ts'
import { nameOfEmoji } from './emoji.ts'
import { parseHtml, renderHtml } from './html.ts'
import { renderMarkdown } from './markdown.ts'
import { parseMarkdown } from './markdown-reader.ts'
import { parsePlain, renderPlain } from './plain.ts'

/** Rich text in the format a portal chose. */
export function renderText(text: RichText, format: TextFormat): string {
  const hasNames = format.emoji === 'shortname'
  switch (format.text) {
    case 'bbcode':
      return renderBbcode(text, hasNames)
    case 'markdown':
      return renderMarkdown(text, hasNames)
    case 'html':
      return renderHtml(text, hasNames)
    case 'plain':
      return renderPlain(text, hasNames)
    case 'bitrix':
      return renderBitrix(text)
  }
}

/** What a portal wrote in its format. Any string is taken: what isn't markup is text. */
export function parseText(source: string, format: TextFormat): RichText {
  const hasNames = format.emoji === 'shortname'
  switch (format.text) {
    case 'bbcode':
      return parseBbcode(source, hasNames)
    case 'markdown':
      return parseMarkdown(source, hasNames)
    case 'html':
      return parseHtml(source, hasNames)
    case 'plain':
      return parsePlain(source, hasNames)
    case 'bitrix':
      return parseBitrix(source)
  }
}

/** A single emoji, such as a reaction. A name of the channel's own (`custom_emoji:…`) stays as it is. */
export function renderEmoji(value: string, format: TextFormat): string {
  return format.emoji === 'shortname' ? (nameOfEmoji(value) ?? value) : value
}
