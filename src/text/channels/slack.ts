import { plainText, type RichText, visibleText } from '../../core/rich-text.ts'
import type { ChatMarkRules } from '../chat-marks.ts'
import { type ChatPiece, readChatMarks } from '../chat-marks-reader.ts'
import { type ChatWriting, renderChatMarks } from '../chat-marks-writer.ts'
import { toLink } from '../safe-link.ts'
import { isWebHref } from './plain.ts'
import { guardSlackNames, readSlackEmoji } from './slack-emoji.ts'

/**
 * Slack (https://docs.slack.dev/messaging/formatting-message-text). The fallback of a date is shown without being read
 * for marks, whatever it holds; before `>` and between letters only invisible characters help. Source of these three:
 * https://github.com/yhatt/jsx-slack/blob/main/docs/about-escape-and-exact-mode.md
 */
export const SLACK_MARKS: ChatMarkRules = {
  marks: new Map([
    ['*', 'bold'],
    ['_', 'italic'],
    ['~', 'strike'],
  ]),
  boundary: '\u200b',
  guardMark: (mark) => `<!date^0^{_}|${mark}>`,
  quoteGuard: '\u00ad',
}

/** Who a token such as `<@U024BE7LH>` names. */
export type FindPerson = (
  token: string,
) => { readonly id: string; readonly name: string } | undefined

/** A typed `<` arrives as `&lt;`, so every `<…>` is a token. */
const TOKEN = /<([^<>]{1,8192})>/g
const CHARACTER: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }

/** Slack's mrkdwn → rich text. https://docs.slack.dev/messaging/formatting-message-text */
export function readSlackText(source: string, findPerson: FindPerson = () => undefined): RichText {
  const pieces: ChatPiece[] = []
  let from = 0
  for (const match of source.matchAll(TOKEN)) {
    pieces.push(decode(source.slice(from, match.index)))
    for (const node of readToken(match[1] ?? '', findPerson(match[0]))) pieces.push(node)
    from = match.index + match[0].length
  }
  pieces.push(decode(source.slice(from)))
  return readChatMarks(pieces, SLACK_MARKS, readSlackEmoji)
}

/** Once: what a person typed as `&lt;` is sent as `&amp;lt;`. */
function decode(value: string): string {
  return value.replace(/&(?:amp|lt|gt);/g, (reference) => CHARACTER[reference] ?? reference)
}

function readToken(token: string, person: ReturnType<FindPerson>): RichText {
  const bar = token.indexOf('|')
  const target = decode(bar < 0 ? token : token.slice(0, bar))
  const label = bar < 0 ? '' : decode(token.slice(bar + 1))
  if (target.startsWith('@')) {
    const id = person?.id ?? target.slice(1)
    const name = person?.name || label || id
    return [{ type: 'mention', id, children: plainText(`@${name.replace(/^@/, '')}`) }]
  }
  if (target.startsWith('#')) return plainText(`#${label.replace(/^#/, '') || target.slice(1)}`)
  if (target.startsWith('!')) return readCommand(target.slice(1), label)
  return readLink(target, label)
}

/** `!here`, `!subteam^S1`, `!date^1767225600^{date}^https://link`. */
function readCommand(command: string, label: string): RichText {
  const [name = '', ...values] = command.split('^')
  if (name !== 'date') return plainText(label || `@${values[0] ?? name}`)
  const link = values[2] ?? ''
  return link === '' ? plainText(label) : toLink(link, plainText(label))
}

/** What Slack linked by itself, since it was typed, is text: the label says all of the address. */
function readLink(href: string, label: string): RichText {
  const address = href.replace(/^(?:mailto|tel):/i, '')
  if (label === '' || label === href || label === address) return plainText(label || address)
  return toLink(href, plainText(label))
}

/** Rich text → mrkdwn that shows the same. Underline and spoilers have no form there and show their content. */
export function writeSlackText(text: RichText): string {
  return renderChatMarks(text, WRITING)
}

/** With marks in it; others Slack finds by itself. What follows an address in a sentence isn't part of it. */
const MARKED_ADDRESS = /https?:\/\/[^\s<>|*_~`]*[*_~`](?:[^\s<>|]*[^\s<>|.,;:!?'")*_~`])?/gi

const WRITING: ChatWriting = {
  rules: SLACK_MARKS,
  text: (typed) => escapeSigns(guardSlackNames(typed)),
  code: escapeSigns,
  link: writeLink,
  mention: (id) => {
    // The Bot Framework's ids of people name their workspace too: U024BE7LH:T061EG9R6.
    const user = /^([UW][A-Z0-9]{1,30})(?::|$)/.exec(id)?.[1]
    return user === undefined ? undefined : `<@${user}>`
  },
  address: MARKED_ADDRESS,
}

function escapeSigns(value: string): string {
  if (!/[&<>]/.test(value)) return value
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function writeLink(href: string, children: RichText): string | undefined {
  if (!isWebHref(href)) return undefined
  const label = visibleText(children).replaceAll('\n', ' ')
  const address = escapeSigns(href.replace(/[|<>\s]/g, (sign) => encodeURIComponent(sign)))
  return label === '' || label === href ? `<${address}>` : `<${address}|${escapeSigns(label)}>`
}
