import type { RichText } from '../../core/rich-text.ts'
import { type TelegramMark, toTelegramRuns } from './telegram-runs.ts'

/** An entity as it is sent. Offsets and lengths count UTF-16 units. */
export interface OutEntity {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly language?: string
  readonly user?: { readonly id: number; readonly is_bot: false; readonly first_name: string }
}

export interface EntityText {
  readonly text: string
  /** The outer one first where two begin together. */
  readonly entities: readonly OutEntity[]
}

const TYPE_OF: Readonly<Record<TelegramMark['type'], string>> = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strike: 'strikethrough',
  spoiler: 'spoiler',
  quote: 'blockquote',
  code: 'code',
  pre: 'pre',
  link: 'text_link',
  mention: 'text_mention',
}

/** Rich text → text and entities, which need no escaping and can't be misread. */
export function toEntities(rich: RichText): EntityText {
  const open: { readonly mark: TelegramMark; readonly index: number }[] = []
  const entities: OutEntity[] = []
  const parts: string[] = []
  let length = 0
  const closeTo = (depth: number): void => {
    while (open.length > depth) {
      const index = open.pop()?.index ?? 0
      const entity = entities[index]
      if (entity) entities[index] = { ...entity, length: length - entity.offset }
    }
  }
  for (const { value, marks } of toTelegramRuns(rich)) {
    const shared = marks.findIndex((mark, depth) => open[depth]?.mark !== mark)
    closeTo(shared < 0 ? marks.length : shared)
    for (const mark of marks.slice(open.length)) {
      open.push({ mark, index: entities.length })
      entities.push({ type: TYPE_OF[mark.type], offset: length, length: 0, ...detailsOf(mark) })
    }
    parts.push(value)
    length += value.length
  }
  closeTo(0)
  return { text: parts.join(''), entities }
}

function detailsOf(mark: TelegramMark): Partial<OutEntity> {
  if (mark.type === 'link') return { url: mark.href }
  if (mark.type === 'pre') return mark.language ? { language: mark.language } : {}
  if (mark.type !== 'mention') return {}
  return { user: { id: mark.id, is_bot: false, first_name: mark.name } }
}

/** Telegram takes so many entities with one message. */
const MAX_ENTITIES = 100

/**
 * What a text costs of a limit that Telegram counts in UTF-16 units after its entities are taken out; a text with too
 * many of them is too long as well.
 */
export function measureEntities(rich: RichText, limit: number): number {
  const open: TelegramMark[] = []
  let length = 0
  let entities = 0
  for (const { value, marks } of toTelegramRuns(rich)) {
    let shared = 0
    while (shared < marks.length && marks[shared] === open[shared]) shared += 1
    open.length = shared
    for (let depth = shared; depth < marks.length; depth += 1) {
      const mark = marks[depth]
      if (mark) open.push(mark)
      entities += 1
    }
    length += value.length
  }
  return Math.max(length, Math.ceil((entities * limit) / MAX_ENTITIES))
}
