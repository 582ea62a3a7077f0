import type { RichText } from '../core/rich-text.ts'
import { type Block, toBlocks } from './markdown-blocks.ts'
import { writeInline } from './markdown-writer.ts'

/**
 * Rich text → Markdown: CommonMark with `~~strike~~`, `||spoiler||` and mentions as `[name](user:id)`. `parseMarkdown`
 * reads back the same text in the same styles, and a CommonMark parser with line breaks at newlines shows the same, but for
 * spoilers. What has no form: underline (its text is shown), styles on spaces at the ends of what has them, links to other
 * schemes than http, https, tel and mailto (shown as label and address), runs of empty lines in most parsers. NUL becomes
 * U+FFFD, as CommonMark asks for.
 */
export function renderMarkdown(text: RichText, hasNames: boolean): string {
  return writeBlocks(toBlocks(text), hasNames).replaceAll('\0', '\ufffd')
}

function writeBlocks(blocks: readonly Block[], hasNames: boolean): string {
  return blocks.map((block) => writeBlock(block, hasNames)).join('\n\n')
}

function writeBlock(block: Block, hasNames: boolean): string {
  if (block.type === 'inline') return writeInline(block.pieces, hasNames)
  if (block.type === 'pre') return writeFence(block.value, block.language)
  const lines = writeBlocks(block.blocks, hasNames).split('\n')
  return lines.map((line) => (line === '' ? '>' : `> ${line}`)).join('\n')
}

function writeFence(value: string, language: string): string {
  const mark = '`'.repeat(Math.max(3, longestRun(value) + 1))
  return `${mark}${language}\n${value}\n${mark}`
}

function longestRun(value: string): number {
  let longest = 0
  for (const [run] of value.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  return longest
}
