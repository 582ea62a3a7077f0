import { plainText, type RichText, visibleText } from '../core/rich-text.ts'
import { decodeText } from './emoji.ts'
import { TextWriter } from './escape.ts'

/** Rich text without its markup. With short names, typed words that read as one are escaped; otherwise nothing is. */
export function renderPlain(text: RichText, hasNames: boolean): string {
  if (!hasNames) return visibleText(text)
  const writer = new TextWriter({ hasNames, hasEscapes: true })
  writePlain(text, writer)
  return writer.finish()
}

function writePlain(text: RichText, writer: TextWriter): void {
  for (const node of text) {
    if ('children' in node) writePlain(node.children, writer)
    else if (node.type === 'emoji') writer.emoji(node.value)
    else writer.text(node.value)
  }
}

export function parsePlain(source: string, hasNames: boolean): RichText {
  return plainText(hasNames ? decodeText(source, true) : source)
}
