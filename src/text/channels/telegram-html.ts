import { given } from '../../core/given.ts'
import { type RichText, visibleText } from '../../core/rich-text.ts'
import { readHtml } from '../html-reader.ts'
import type { HtmlDialect, HtmlElement, HtmlRule } from '../html-rule.ts'
import { readTelegramLink } from './telegram-reader.ts'
import { type TelegramMark, toTelegramRuns } from './telegram-runs.ts'

type Wrapping = 'bold' | 'italic' | 'underline' | 'strike' | 'quote' | 'spoiler'

const WRAPPING: ReadonlyMap<string, Wrapping> = new Map([
  ...(['b', 'strong'] as const).map((name) => [name, 'bold'] as const),
  ...(['i', 'em'] as const).map((name) => [name, 'italic'] as const),
  ...(['u', 'ins'] as const).map((name) => [name, 'underline'] as const),
  ...(['s', 'strike', 'del'] as const).map((name) => [name, 'strike'] as const),
  ['tg-spoiler', 'spoiler'],
  ['blockquote', 'quote'],
])

/**
 * Text that was written for `parse_mode: HTML` (https://core.telegram.org/bots/api#html-style). Tags that Telegram would
 * refuse are shown as written.
 */
export function parseTelegramHtml(source: string): RichText {
  return readHtml(source, createDialect())
}

/** The language of a block of code stands on the `<code>` inside its `<pre>`. */
function createDialect(): HtmlDialect {
  let language: string | undefined
  const ruleOfCode = ({ attributes }: HtmlElement): HtmlRule => {
    language = /^language-(\S{1,64})$/.exec(attributes['class'] ?? '')?.[1] ?? language
    return {
      content: 'verbatim',
      finish: (children) => [{ type: 'code', value: visibleText(children) }],
    }
  }
  const ruleOfPre = (): HtmlRule => {
    language = undefined
    return {
      content: 'verbatim',
      finish: (children) => [{ type: 'pre', value: visibleText(children), ...given({ language }) }],
    }
  }
  return {
    hasNewlines: true,
    rule(element) {
      if (element.name === 'code') return ruleOfCode(element)
      if (element.name === 'pre') return ruleOfPre()
      return ruleOf(element)
    },
  }
}

function ruleOf({ name, attributes }: HtmlElement): HtmlRule {
  const isSpoiler = name === 'span' && attributes['class'] === 'tg-spoiler'
  const type = isSpoiler ? 'spoiler' : WRAPPING.get(name)
  if (type) return { finish: (children) => (children.length > 0 ? [{ type, children }] : []) }
  if (name === 'a') {
    return { finish: (children) => readTelegramLink(attributes['href'] ?? '', children) }
  }
  if (name === 'tg-emoji') {
    return { finish: (children) => [{ type: 'emoji', value: visibleText(children) }] }
  }
  // A date is text already; the tag says how Telegram's clients may rewrite it.
  return name === 'tg-time' ? {} : { content: 'source' }
}

const CHARACTER: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Rich text → Telegram's HTML, of which Telegram understands every part. Line breaks are newlines. */
export function renderTelegramHtml(text: RichText): string {
  const open: TelegramMark[] = []
  const out: string[] = []
  const closeTo = (depth: number): void => {
    while (open.length > depth) {
      const mark = open.pop()
      if (mark) out.push(tagsOf(mark).close)
    }
  }
  for (const { value, marks } of toTelegramRuns(text)) {
    const shared = marks.findIndex((mark, depth) => open[depth] !== mark)
    closeTo(shared < 0 ? marks.length : shared)
    for (const mark of marks.slice(open.length)) {
      open.push(mark)
      out.push(tagsOf(mark).open)
    }
    // Readers of HTML leave out a line break behind `<pre>`.
    const isFirst = marks.at(-1)?.type === 'pre' && value.startsWith('\n')
    out.push(isFirst ? `&#10;${escapeHtml(value.slice(1))}` : escapeHtml(value))
  }
  closeTo(0)
  return out.join('')
}

const TAG_OF: Readonly<Partial<Record<TelegramMark['type'], string>>> = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strike: 's',
  spoiler: 'tg-spoiler',
  quote: 'blockquote',
  code: 'code',
  pre: 'pre',
}

function tagsOf(mark: TelegramMark): { readonly open: string; readonly close: string } {
  if (mark.type === 'link') return { open: `<a href="${escapeHtml(mark.href)}">`, close: '</a>' }
  if (mark.type === 'mention') return { open: `<a href="tg://user?id=${mark.id}">`, close: '</a>' }
  if (mark.type === 'pre' && mark.language) {
    const language = escapeHtml(mark.language.replace(/\s/g, ''))
    return { open: `<pre><code class="language-${language}">`, close: '</code></pre>' }
  }
  const tag = TAG_OF[mark.type] ?? ''
  return { open: `<${tag}>`, close: `</${tag}>` }
}

function escapeHtml(value: string): string {
  return value.replace(/[&<>"]/g, (character) => CHARACTER[character] ?? character)
}
