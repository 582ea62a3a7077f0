import { isRecord } from '#core/json.ts'
import { listOf, textFields } from '#kit/json-answer.ts'

/** Nobody nests deeper; a forged update must not cost more than its size. */
const MAX_DEPTH = 10

/**
 * The words of a message whose `text` is empty, as mrkdwn: its blocks say the same where both are there.
 * https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 */
export function textOfBlocks(blocks: unknown): string {
  return listOf(blocks)
    .flatMap((block) => linesIn(block, 0))
    .join('\n')
}

function linesIn(block: unknown, depth: number): string[] {
  if (!isRecord(block) || depth > MAX_DEPTH) return []
  const { text, elements } = block
  if (isRecord(text)) return [textFields(text)('text')].filter(Boolean)
  const inside = listOf(elements)
  const isLine = inside.some((one) => isRecord(one) && !Array.isArray(one['elements']))
  if (isLine) return [inside.map(wordsOf).join('')].filter(Boolean)
  return inside.flatMap((one) => linesIn(one, depth + 1))
}

/** One piece of a line. */
function wordsOf(piece: unknown): string {
  const field = textFields(piece)
  switch (field('type')) {
    case 'user':
      return `<@${field('user_id')}>`
    case 'channel':
      return `<#${field('channel_id')}>`
    case 'emoji':
      return `:${field('name')}:`
    case 'link':
      return escapeMarks(field('text') || field('url'))
    default:
      return escapeMarks(field('text'))
  }
}

function escapeMarks(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
