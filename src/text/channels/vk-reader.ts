import type { RichText } from '../../core/rich-text.ts'
import { type InEntity, readEntities } from './telegram-reader.ts'

/** `format_data` as VK posts it: `type` is any name, and its numbers are not to be relied on. */
export interface VkFormatData {
  readonly items: readonly {
    readonly type: string
    readonly offset: number
    readonly length: number
    readonly url?: string | undefined
  }[]
}

/**
 * Names of people and communities, and pages of VK, as VK writes them into a text: `[id55|Ann]`, `[club7|Desk]`,
 * `[https://vk.com/page|label]`. A label has no brackets.
 */
const MARK =
  /\[(?:(id|club|public|event)(\d{1,15})|(https?:\/\/[^\s|[\]]{1,500}))\|([^|[\]]{1,300})\]/g

const TYPE_OF: ReadonlyMap<string, string> = new Map([
  ['bold', 'bold'],
  ['italic', 'italic'],
  ['underline', 'underline'],
  ['url', 'text_link'],
])

/**
 * A person's text with its `format_data`, whose offsets count UTF-16 units of the text as VK gives it, names' brackets
 * included. What crosses, is out of bounds or of an unknown kind marks nothing; the text itself always arrives whole.
 */
export function readVkText(source: string, format?: VkFormatData): RichText {
  const { text, entities, shift } = readMarks(source)
  for (const { type, offset, length, url } of format?.items ?? []) {
    const kind = TYPE_OF.get(type)
    if (kind === undefined || !(offset >= 0) || !(length > 0)) continue
    const start = shift(offset)
    entities.push({ type: kind, offset: start, length: shift(offset + length) - start, url })
  }
  return readEntities(text, entities)
}

interface ReadMarks {
  readonly text: string
  readonly entities: InEntity[]
  /** Where an offset in the source is in the text; offsets within a mark's brackets are its label's edges. */
  shift(offset: number): number
}

function readMarks(source: string): ReadMarks {
  const entities: InEntity[] = []
  const cuts: { readonly at: number; readonly end: number; readonly to: number }[] = []
  let text = ''
  let from = 0
  for (const match of source.matchAll(MARK)) {
    const [mark, kind, id, url, label = ''] = match
    text += source.slice(from, match.index)
    const labelAt = match.index + mark.length - 1 - label.length
    cuts.push({ at: match.index, end: labelAt, to: text.length })
    entities.push({ offset: text.length, length: label.length, ...markOf(kind, id, url) })
    text += label
    from = match.index + mark.length
    cuts.push({ at: from - 1, end: from, to: text.length })
  }
  text += source.slice(from)
  return { text, entities, shift: (offset) => shiftBy(cuts, offset) }
}

/** Communities have negative ids, as authors of messages do. */
function markOf(
  kind: string | undefined,
  id: string | undefined,
  url: string | undefined,
): Pick<InEntity, 'type' | 'url' | 'user'> {
  if (kind === undefined) return { type: 'text_link', url }
  return { type: 'text_mention', user: { id: kind === 'id' ? Number(id) : -Number(id) } }
}

/** `cuts`: stretches that were left out, in order, each with its place in the text. By bisection. */
function shiftBy(
  cuts: readonly { readonly at: number; readonly end: number; readonly to: number }[],
  offset: number,
): number {
  let low = 0
  let high = cuts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cuts[middle]?.at ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  const cut = cuts[low - 1]
  return cut ? cut.to + Math.max(0, offset - cut.end) : offset
}
