import { isStub } from './stubs.ts'

/** The lines between which the portal shows a quotation. */
const RULE = '-'.repeat(54)
const CODE_BLOCK = /(\[code\][\s\S]*?\[\/code\])/
const REFERENCES: Readonly<Record<string, string>> = { '&#91;': '[', '&#58;': ':', '&amp;': '&' }

/**
 * The hub's BBCode as the portal knows it: it has no spoilers, no people of the messenger's to link to (`[user=5]` would be
 * one of its own), quotes by `>>` at a line's beginning, and decodes none of our references.
 */
export function toPortalText(text: string): string {
  const known = text
    .replace(/\[\/?spoiler\]|\[user=[^\]]*\]|\[\/user\]/g, '')
    .replace(/\[(\/?)pre\]/g, '[$1code]')
    .replace(/\n?\[quote\]([\s\S]*?)\[\/quote\]\n?/g, (_, quoted: string) => asQuote(quoted))
    .replace(/\[\/?quote\]/g, '')
    .replace(/&#91;|&#58;|&amp;/g, (reference) => REFERENCES[reference] ?? reference)
    .replace(/^\n+|\n+$/g, '')
  return known === '' ? text : known
}

function asQuote(quoted: string): string {
  const lines = quoted.split('\n').map((line) => `>>${line}`)
  return `\n${lines.join('\n')}\n`
}

/** What is shown above an answer: what it is the answer to. */
export function quoteBlock(heading: string, quoted: string): string {
  // The end of the block is the next line of dashes.
  return `${RULE}\n${heading}:\n${quoted.replace(/-{6,}/g, '-----')}\n${RULE}\n`
}

/** A line of ours, with a heading that stands out. */
export function headed(heading: string, text: string): string {
  return text === '' ? `[b]${heading}[/b]` : `[b]${heading}:[/b] ${text}`
}

/**
 * As it goes over the wire: line breaks are `[br]`, but for code, where the portal shows tags as they are, and for the block
 * of a quotation, which is found by its lines. A text that is one of the module's stubs would be lost.
 */
export function toWireText(text: string): string {
  if (isStub(text)) return `${text} `
  return text
    .split(CODE_BLOCK)
    .map((part, index) => (index % 2 === 1 ? part : withBreaks(part)))
    .join('')
}

function withBreaks(text: string): string {
  return text
    .split(new RegExp(`(${RULE}\n[\\s\\S]*?\n${RULE}\n)`))
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('\n', '[br]')))
    .join('')
}
