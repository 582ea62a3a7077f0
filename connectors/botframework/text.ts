import { plainText, type RichText, type TextNode } from '#core/rich-text.ts'
import { type Activity, mentionSchema } from './types.ts'

/** Bounded, so that a text full of `<at` takes linear time. */
const MENTION = /<at(?: [^<>]{0,200})?>([^<]{0,500})<\/at>/g
const AFTER_OWN_MENTION = /^(?:&nbsp;|\s)+/

/**
 * The text of an inbound activity, taken as it is: channels disagree on what a missing `textFormat` means, and text that
 * is shown verbatim loses nothing. In Teams the `<at>` tags become mentions, and the bot's own at the start, which people
 * must type to be heard in a channel, is dropped.
 */
export function readText(activity: Activity): RichText | undefined {
  const text = (activity.text ?? '').replaceAll('\r\n', '\n')
  const tree = activity.channelId === 'msteams' ? readTeamsText(text, activity) : plainText(text)
  const isBlank = tree.every((node) => node.type === 'text' && node.value.trim() === '')
  return isBlank ? undefined : tree
}

function readTeamsText(text: string, activity: Activity): RichText {
  const people = new Map<string, { id: string; name: string }>()
  for (const entity of activity.entities ?? []) {
    const mention = mentionSchema.safeParse(entity).data
    if (mention?.type !== 'mention') continue
    people.set(mention.text, { id: mention.mentioned.id, name: mention.mentioned.name ?? '' })
  }
  const nodes: TextNode[] = []
  let rest = 0
  for (const match of text.matchAll(MENTION)) {
    nodes.push(...plainText(text.slice(rest, match.index)))
    rest = match.index + match[0].length
    const person = people.get(match[0])
    const label = `@${person?.name || match[1] || ''}`
    const children = plainText(label)
    nodes.push(
      person ? { type: 'mention', id: person.id, children } : { type: 'text', value: label },
    )
  }
  nodes.push(...plainText(text.slice(rest)))
  return withoutOwnMention(nodes, activity.recipient?.id ?? undefined)
}

function withoutOwnMention(nodes: readonly TextNode[], botId: string | undefined): RichText {
  const isBlankStart = nodes[0]?.type === 'text' && nodes[0].value.trim() === ''
  const [first, next, ...others] = isBlankStart ? nodes.slice(1) : nodes
  if (first?.type !== 'mention' || first.id !== botId) return nodes
  if (next?.type !== 'text') return next ? [next, ...others] : []
  return [...plainText(next.value.replace(AFTER_OWN_MENTION, '')), ...others]
}

/** A person named in an outbound text, for the activity's entities: Teams links the name by the exact `text`. */
export interface NamedPerson {
  readonly id: string
  readonly name: string
  readonly text: string
}

/** Would this text lose something if it were sent as plain? Emoji are Unicode in either format. */
export function isFormatted(text: RichText): boolean {
  return text.some((node) => node.type !== 'text' && node.type !== 'emoji')
}

/** Text for channels without markup: markers are dropped, a link keeps its address, a quote its `>`. */
export function toPlain(text: RichText): string {
  return text.map(plainNode).join('')
}

function plainNode(node: TextNode): string {
  switch (node.type) {
    case 'link': {
      const label = toPlain(node.children)
      return label === '' || label === node.href ? node.href : `${label} (${node.href})`
    }
    case 'mention':
      return `@${toPlain(node.children).replace(/^@/, '')}`
    case 'quote':
      return quoteLines(toPlain(node.children), '\n')
    default:
      return 'children' in node ? toPlain(node.children) : node.value
  }
}

/**
 * Markdown as Teams, Direct Line and Slack's connector read it. A single newline is swallowed by its renderers, so a line
 * break is two spaces and a newline. With `people`, mentions are written as `<at>` tags and noted there; without, as @Name.
 */
export function toMarkdown(text: RichText, people?: NamedPerson[]): string {
  return text.map((node) => markdownNode(node, people)).join('')
}

function markdownNode(node: TextNode, people: NamedPerson[] | undefined): string {
  switch (node.type) {
    case 'text':
    case 'emoji':
      return escapeMarkdown(node.value).replaceAll('\n', '  \n')
    case 'code':
      return codeSpan(node.value)
    case 'pre':
      return codeBlock(node.value, node.language)
    case 'link':
      return `[${toMarkdown(node.children, people) || escapeMarkdown(node.href)}](${escapeHref(node.href)})`
    case 'mention':
      return mention(node.id, toPlain(node.children).replace(/^@/, ''), people)
    case 'quote':
      return quoteLines(toMarkdown(node.children, people), '\n')
    default:
      return wrap(toMarkdown(node.children, people), MARKERS[node.type])
  }
}

/** Markdown has neither underline nor spoiler. */
const MARKERS = { bold: '**', italic: '_', strike: '~~', underline: '', spoiler: '' } as const

/** Spaces inside the markers would keep them from being read as such. */
function wrap(inner: string, marker: string): string {
  const [, before = '', body = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(inner) ?? []
  return body === '' ? inner : `${before}${marker}${body}${marker}${after}`
}

function mention(id: string, name: string, people: NamedPerson[] | undefined): string {
  if (!people) return `@${escapeMarkdown(name)}`
  const text = `<at>${name.replaceAll(/[<>&]/g, ' ')}</at>`
  people.push({ id, name, text })
  return text
}

function quoteLines(inner: string, lineEnd: string): string {
  const lines = inner.replace(/\n+$/, '').split('\n')
  return `${lines.map((line) => `> ${line}`).join(lineEnd)}${lineEnd}`
}

function codeSpan(value: string): string {
  const fence = '`'.repeat(longestRun(value) + 1)
  return fence.length > 1 ? `${fence} ${value} ${fence}` : `${fence}${value}${fence}`
}

function codeBlock(value: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(value) + 1))
  return `\n${fence}${language.replaceAll(/[^\w+#-]/g, '')}\n${value}\n${fence}\n`
}

function longestRun(value: string): number {
  return Math.max(0, ...Array.from(value.matchAll(/`+/g), (run) => run[0].length))
}

/** Addresses are left as typed: an escaped underscore would break the link that the channel makes of them. */
function escapeMarkdown(value: string): string {
  return value
    .split(/(https?:\/\/\S+)/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replaceAll(/[\\*_~[\]()#>|`<]/g, '\\$&').replaceAll(/&(?=#?\w+;)/g, '\\&'),
    )
    .join('')
}

function escapeHref(href: string): string {
  return href.replaceAll(
    /[\s()<>\\]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
