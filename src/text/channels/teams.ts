import { z } from 'zod'
import { given } from '../../core/given.ts'
import { plainText, type RichText, type TextNode, visibleText } from '../../core/rich-text.ts'
import { readHtml } from '../html-reader.ts'
import type { HtmlDialect, HtmlElement, HtmlRule } from '../html-rule.ts'
import { unifyNewlines } from '../newlines.ts'
import { toLink } from '../safe-link.ts'
import type { ReadText, TextActivity } from './activity.ts'
import { createHtmlRules, PRE_RULE, trimText, wrapIn } from './html-rules.ts'
import { People, readMention, toMention, withoutOwnMention } from './mentions.ts'
import { emojiOfSkypeCode, emojiOfSkypeId } from './skype-emoticons.ts'

/** Bounded, so that a text full of `<at` takes linear time. */
const MENTION = /<at(?: [^<>]{0,200})?>([^<]{0,500})<\/at>/g
const SCHEMA = 'http://schema.skype.com/'
const quotedSchema = z.looseObject({
  type: z.literal('quotedReply'),
  quotedReply: z.looseObject({ messageId: z.string() }),
})

/**
 * Teams sends a message as plain text and, beside it, as it is shown: an attachment with HTML. Where that shows nothing
 * (a picture alone), the text counts.
 */
export function readTeams(activity: TextActivity): ReadText {
  const html = activity.attachments?.find(
    ({ contentType, contentUrl }) => contentType === 'text/html' && !contentUrl,
  )?.content
  if (typeof html === 'string') {
    const read = readTeamsHtml(withoutQuoted(html, activity), activity)
    if (visibleText(read.text).trim() !== '') return read
  }
  return { text: readTeamsText(activity) }
}

/** Bounded, as it comes from outside. */
const QUOTED = /<quoted messageId="([^"<>]{1,128})"\s*(?:\/>|><\/quoted>)\s?/g

/** Stands in the text for each message that is quoted; the message itself is an entity. What nobody quotes was typed. */
function withoutQuoted(source: string, { entities }: TextActivity): string {
  const quoted = new Set(
    (entities ?? []).map((entity) => quotedSchema.safeParse(entity).data?.quotedReply.messageId),
  )
  return source.replace(QUOTED, (tag, id: string) => (quoted.has(id) ? '' : tag))
}

/** Text in which nothing but people's names is marked, with tags; everything else was typed as it stands. */
function readTeamsText(activity: TextActivity): RichText {
  const text = withoutQuoted(unifyNewlines(activity.text), activity)
  const people = new People(activity.entities)
  const nodes: TextNode[] = []
  let rest = 0
  for (const match of text.matchAll(MENTION)) {
    nodes.push(...plainText(text.slice(rest, match.index)))
    const person = people.takeByTag(match[0])
    nodes.push(...toMention(person?.id, match[1] || person?.name || ''))
    rest = match.index + match[0].length
  }
  nodes.push(...plainText(text.slice(rest)))
  const own = withoutOwnMention(nodes, activity.recipient?.id)
  const [first, ...others] = own
  // Teams writes `&nbsp;` behind the bot's name, the one character reference in such a text.
  if (own === nodes || first?.type !== 'text') return own
  return [...plainText(first.value.replace(/^(?:&nbsp;|\s)+/, '')), ...others]
}

/** Also for `textFormat: xml`, whose tags are a part of these. */
export function readTeamsHtml(html: string, activity: TextActivity, hasNewlines = false): ReadText {
  const dialect = new TeamsDialect(activity, hasNewlines)
  const text = trimText(normaliseSpaces(setApart(readHtml(html, dialect), dialect.pictures)))
  const { replyToId } = dialect
  return {
    text: withoutOwnMention(text, activity.recipient?.id),
    ...given({ replyToId }),
  }
}

/** A picture's link between words that no space parts from it. */
function setApart(text: RichText, pictures: ReadonlySet<TextNode>): RichText {
  if (pictures.size === 0) return text
  return text.flatMap((node, index): RichText => {
    const whole =
      'children' in node ? { ...node, children: setApart(node.children, pictures) } : node
    if (!pictures.has(node)) return [whole]
    const before = text[index - 1]
    const after = text[index + 1]
    return [
      ...plainText(before && !/\s$/.test(visibleText([before])) ? ' ' : ''),
      whole,
      ...plainText(after && !/^\s/.test(visibleText([after])) ? ' ' : ''),
    ]
  })
}

/** Teams' editor writes no-break spaces wherever spaces would be lost, also into empty paragraphs. */
function normaliseSpaces(text: RichText): RichText {
  return text.map((node) => {
    if ('children' in node) return { ...node, children: normaliseSpaces(node.children) }
    const value = node.value.replaceAll('\u00a0', ' ').replace(/(?<=\n) +(?=\n)/g, '')
    return { ...node, value }
  })
}

class TeamsDialect implements HtmlDialect {
  readonly hasNewlines: boolean
  /** Id of the message that is answered. */
  replyToId: string | undefined
  /** Links that stand for pictures. */
  readonly pictures = new Set<TextNode>()
  readonly #people: People
  readonly #files: ReadonlySet<string>
  readonly #hasPictures: boolean
  readonly #rules = createHtmlRules()

  constructor({ entities, attachments }: TextActivity, hasNewlines: boolean) {
    this.hasNewlines = hasNewlines
    this.#people = new People(entities)
    const files = attachments?.filter(({ contentUrl }) => contentUrl) ?? []
    this.#files = new Set(files.map(({ contentUrl }) => contentUrl ?? ''))
    this.#hasPictures = files.some(({ contentType }) => contentType?.startsWith('image/'))
  }

  rule(element: HtmlElement): HtmlRule {
    const { name, attributes } = element
    const kind = attributes['itemtype'] ?? ''
    if (name === 'at' || kind === `${SCHEMA}Mention`) {
      return { finish: (children) => readMention(children, this.#people) }
    }
    if (name === 'img') return this.#ruleOfPicture(attributes)
    if (name === 'emoji') return { finish: () => readEmoji(attributes) }
    if (name === 'span' && /^\(.+\)$/.test(attributes['type'] ?? '')) {
      return { finish: (children) => readEmoticon(attributes['type'] ?? '', children) }
    }
    if (name === 'blockquote' && kind === `${SCHEMA}Reply`) {
      this.replyToId ??= attributes['itemid'] || undefined
      return { ...wrapIn('quote'), display: 'node' }
    }
    if (attributes['itemprop'] === 'mri') return { ...wrapIn('bold'), display: 'line' }
    return name === 'codeblock' ? PRE_RULE : (this.#rules(element) ?? {})
  }

  /** Pasted pictures are attachments besides, and part the words around them; one that isn't would be lost. */
  #ruleOfPicture(attributes: HtmlElement['attributes']): HtmlRule {
    if (attributes['itemtype'] === `${SCHEMA}Emoji`) return { finish: () => readEmoji(attributes) }
    const { src = '', alt = '' } = attributes
    const isFile = this.#hasPictures || this.#files.has(src)
    if (isFile || !/^https?:\/\//i.test(src)) return { display: 'line' }
    const finish = (): RichText => {
      const link = toLink(src, plainText(alt))
      for (const node of link) this.pictures.add(node)
      return link
    }
    return { finish }
  }
}

/** The picture of an emoji: what stands for it, else what its id says. One of the organisation's own keeps its name. */
function readEmoji(attributes: HtmlElement['attributes']): RichText {
  const { alt = '', title = '' } = attributes
  const id = attributes['itemid'] ?? attributes['id'] ?? ''
  const value = /\P{ASCII}/u.test(alt) ? alt : emojiOfSkypeId(id)
  if (value !== undefined) return [{ type: 'emoji', value }]
  const name = alt || title || id
  return name === '' ? [] : plainText(/^[(:]/.test(name) ? name : `(${name})`)
}

/** Around the picture of an emoticon; by itself where the picture is left out. */
function readEmoticon(code: string, children: RichText): RichText {
  if (visibleText(children).trim() !== '') return children
  const value = emojiOfSkypeCode(code)
  return value === undefined ? plainText(code) : [{ type: 'emoji', value }]
}
