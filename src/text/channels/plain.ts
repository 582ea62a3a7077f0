import { type RichText, visibleText } from '../../core/rich-text.ts'
import { BlockText, quoteLines } from '../block-text.ts'
import { addressBehind } from '../links.ts'

/**
 * Text for channels without markup: marks are dropped, a link keeps its address, a quote its `>`, and people are named
 * `@Anna`. `renderPlain` leaves names as they stand.
 */
export function toPlain(text: RichText): string {
  const out = new BlockText()
  writeNodes(text, out)
  return out.finish()
}

function writeNodes(text: RichText, out: BlockText): void {
  for (const node of text) {
    if (node.type === 'quote') addBlock(toPlain(node.children), out, quoteLines)
    else if (node.type === 'pre') addBlock(node.value, out)
    else if (node.type === 'link') writeLines(plainLink(node.href, node.children), out)
    else if (node.type === 'mention') writeLines(`@${nameOf(node.children, node.id)}`, out)
    else if ('children' in node) writeNodes(node.children, out)
    else writeLines(node.value, out)
  }
}

function addBlock(value: string, out: BlockText, toBlock = (lines: string) => lines): void {
  if (value !== '') out.addBlock(toBlock(value))
}

function writeLines(value: string, out: BlockText): void {
  for (const [index, line] of value.split('\n').entries()) {
    if (index > 0) out.breakLine()
    out.add(line)
  }
}

/** What a client can be relied on to open; of other links the text says the address. */
export function isWebHref(href: string): boolean {
  return /^(?:https?:\/\/|mailto:|tel:)[^\s]/i.test(href)
}

/** `label (address)`; the address alone where the label is that address or nothing. */
export function plainLink(href: string, children: RichText): string {
  const label = toPlain(children)
  return label === '' ? href.replace(/^(?:mailto|tel):/i, '') : label + addressBehind(label, href)
}

/** The name in a mention's label, which may or may not begin with `@`. */
export function nameOf(label: RichText, id: string): string {
  return visibleText(label).replace(/^@/, '').replaceAll('\n', ' ') || id
}
