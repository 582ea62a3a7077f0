import { z } from 'zod'
import { plainText, type RichText, type TextNode, visibleText } from '../../core/rich-text.ts'
import type { TextActivity } from './activity.ts'
import { trimStart } from './html-rules.ts'

const mentionSchema = z.looseObject({
  type: z.string().regex(/^mention$/i),
  text: z.string().min(1).optional().catch(undefined),
  mentioned: z.looseObject({
    id: z.string().min(1),
    name: z.string().optional().catch(undefined),
  }),
})

interface NamedOne {
  readonly id: string
  readonly name: string
}

/** The people that an activity's entities name. */
export class People {
  readonly #byTag = new Map<string, NamedOne[]>()
  readonly #byLabel = new Map<string, NamedOne[]>()

  constructor(entities: TextActivity['entities']) {
    for (const entity of entities ?? []) {
      const mention = mentionSchema.safeParse(entity).data
      if (!mention) continue
      const { mentioned } = mention
      const person = { id: mentioned.id, name: mentioned.name ?? '' }
      // Some clients leave the tag out: it is then the one that Teams writes around the name.
      const text = mention.text ?? `<at>${person.name}</at>`
      add(this.#byTag, text, person)
      add(this.#byLabel, plainName(text), person)
      if (person.name !== '') add(this.#byLabel, plainName(person.name), person)
    }
  }

  /**
   * By the exact text of the entity (`<at>Anna</at>`, `<@U1>`). Several with the same text are taken one after the other.
   */
  takeByTag(tag: string): NamedOne | undefined {
    return take(this.#byTag, tag)
  }

  /** By the name that is shown. */
  takeByLabel(label: string): NamedOne | undefined {
    return take(this.#byLabel, plainName(label))
  }
}

function add(people: Map<string, NamedOne[]>, key: string, person: NamedOne): void {
  const list = people.get(key) ?? []
  if (!list.some(({ id }) => id === person.id)) list.push(person)
  people.set(key, list)
}

/** The last of a list stays in it: a text may name a person twice with one entity. */
function take(people: ReadonlyMap<string, NamedOne[]>, key: string): NamedOne | undefined {
  const list = people.get(key)
  return list && list.length > 1 ? list.shift() : list?.[0]
}

const CHARACTER: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&nbsp;': ' ',
}

function plainName(text: string): string {
  return text
    .replace(/<[^<>]*>/g, '')
    .replace(/&(?:amp|lt|gt|quot|nbsp);/g, (reference) => CHARACTER[reference] ?? reference)
    .replaceAll('\u00a0', ' ')
    .replace(/^@/, '')
    .trim()
}

/** A mention as it is shown, `@Anna`; text where nobody knows who it is. */
export function toMention(id: string | undefined, label: string): RichText {
  const children = plainText(label.startsWith('@') ? label : `@${label}`)
  return id === undefined || id === '' ? children : [{ type: 'mention', id, children }]
}

/** A mention found by the name that is shown. */
export function readMention(children: RichText, people: People): RichText {
  const label = visibleText(children)
  return label.trim() === '' ? children : toMention(people.takeByLabel(label)?.id, label)
}

/** Without the bot's own name at the beginning, which people must write for a bot to get the message in a group. */
export function withoutOwnMention(text: RichText, botId: string | null | undefined): RichText {
  const start = trimStart(text)
  const quotes = start[0]?.type === 'quote' ? start.slice(0, 1) : []
  const [first, ...rest] = trimStart(start.slice(quotes.length))
  const isOwn = first?.type === 'mention' && first.id === botId
  return isOwn ? [...quotes, ...trimStart(rest as TextNode[])] : text
}
