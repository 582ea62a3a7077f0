import type { RichText, TextNode } from '../core/rich-text.ts'
import { type EscapeRules, TextWriter } from './escape.ts'

/** Characters that begin markup in CommonMark and its strikethrough and spoiler extensions; lists only at a line's start. */
const SPECIAL = /[\\`*_~[\]<>|#]|(?<=^[ \t]*)[-+](?=\s)|(?<=^[ \t]*\d{1,9})[.)](?=\s)/gm

/** Other schemes (`javascript:`) would run in the reader's page. */
const SAFE_LINK = /^(?:https?|tel|mailto):/i

const AROUND: Readonly<Partial<Record<TextNode['type'], string>>> = {
  bold: '**',
  italic: '*',
  strike: '~~',
  spoiler: '||',
}

/** Rich text → Markdown (CommonMark with `~~`, `||`). Underline and mentions have no form there and show their text. */
export function renderMarkdown(text: RichText, hasNames: boolean): string {
  return render(text, {
    hasNames,
    hasEscapes: hasNames,
    markup: SPECIAL,
    markupEscape: (character) => `\\${character}`,
  })
}

function render(text: RichText, rules: EscapeRules): string {
  const writer = new TextWriter(rules)
  for (const node of text) writeNode(node, writer, rules)
  return writer.finish()
}

function writeNode(node: TextNode, writer: TextWriter, rules: EscapeRules): void {
  if ('children' in node) writeWrapper(node, writer, rules)
  else if (node.type === 'text') writer.text(node.value)
  else if (node.type === 'emoji') writer.emoji(node.value)
  else if (node.type === 'code') writer.markup(codeSpan(node.value))
  else writer.markup(codeBlock(node.value, node.language ?? ''))
}

function writeWrapper(
  node: Extract<TextNode, { children: RichText }>,
  writer: TextWriter,
  rules: EscapeRules,
): void {
  const mark = AROUND[node.type]
  if (mark !== undefined) {
    writer.markup(mark)
    for (const child of node.children) writeNode(child, writer, rules)
    writer.markup(mark)
    return
  }
  const shown = render(node.children, rules)
  if (node.type === 'quote') {
    const lines = shown.split('\n').map((line) => `> ${line}`)
    writer.markup(`${lines.join('\n')}\n\n`)
  } else if (node.type === 'link') {
    const href = node.href.replace(/[<>\s\\]/g, encodeURIComponent)
    writer.markup(SAFE_LINK.test(href) ? `[${shown}](<${href}>)` : shown)
  } else writer.markup(shown)
}

/** The fence is one backtick longer than any run inside. */
function fence(value: string, shortest: number): string {
  const runs = value.match(/`+/g) ?? []
  const longest = runs.reduce((length, run) => Math.max(length, run.length), 0)
  return '`'.repeat(Math.max(shortest, longest + 1))
}

function codeSpan(value: string): string {
  const mark = fence(value, 1)
  const gap = value.startsWith('`') || value.endsWith('`') ? ' ' : ''
  return `${mark}${gap}${value}${gap}${mark}`
}

function codeBlock(value: string, language: string): string {
  const mark = fence(value, 3)
  return `${mark}${language.replace(/[`\s]/g, '')}\n${value}\n${mark}\n`
}
