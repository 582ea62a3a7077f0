import { isStub } from './wire/stubs.ts'

/** The lines between which the portal shows a quotation. */
const RULE = '-'.repeat(54)
const NO_WIDTH = '\u200b'

/** What is shown above an answer: what it is the answer to. */
export function quoteBlock(heading: string, quoted: string): string {
  return `${RULE}\n${heading}:\n${quoted}\n${RULE}\n`
}

/** A line of ours, with a heading that stands out. `text` is plain: brackets in it must not act as tags. */
export function headed(heading: string, text: string): string {
  return text === '' ? `[b]${heading}[/b]` : `[b]${heading}:[/b] ${plain(text)}`
}

function plain(text: string): string {
  return text.replace(/\[(?=[/a-z])/gi, `[${NO_WIDTH}`)
}

/**
 * As it goes over the wire: line breaks are `[br]`. Not in code, where the portal shows tags as they are, and not around
 * quotes, which it finds by their lines. A text that is one of the module's stubs would be lost.
 */
export function toWireText(text: string): string {
  if (isStub(text)) return `${text} `
  const lines = text.split('\n')
  let isQuote = false
  let isCode = false
  let out = ''
  for (const [index, line] of lines.entries()) {
    if (line === RULE) isQuote = !isQuote
    isCode = isInCode(line, isCode)
    out += line
    if (index === lines.length - 1) break
    const isKept = isQuote || isCode || [line, lines[index + 1]].some(isQuoteLine)
    out += isKept ? '\n' : '[br]'
  }
  return out
}

function isQuoteLine(line: string | undefined): boolean {
  return line === RULE || line?.startsWith('>>') === true
}

function isInCode(line: string, before: boolean): boolean {
  const [start, end] = [line.lastIndexOf('[code]'), line.lastIndexOf('[/code]')]
  return start === end ? before : start > end
}
