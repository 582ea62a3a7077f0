import { type RichText, type TextNode, visibleText } from '#core/rich-text.ts'
import { addressBehind } from '#text/links.ts'
import { renderPlain } from '#text/plain.ts'
import type { FormatItem } from './types.ts'

export interface VkText {
  readonly message: string
  /** Offsets and lengths count UTF-16 units. */
  readonly items: readonly FormatItem[]
}

type Style = 'bold' | 'italic' | 'underline'

/**
 * Rich text → VK's text and its `format_data`: bold, italic, underline and links. Quotes stand behind `>` and, like code,
 * on lines of their own without marks; what VK has no mark for is its text. A person is named as VK does, `[id55|Ann]`.
 */
export function writeVkText(text: RichText): VkText {
  const writer = new VkTextWriter()
  writer.write(text, [])
  return writer.finish()
}

class VkTextWriter {
  #message = ''
  readonly #items: FormatItem[] = []
  #isAfterBlock = false

  finish(): VkText {
    return { message: this.#message, items: this.#items.filter(({ length }) => length > 0) }
  }

  /** `marks`: what this stands in already; VK's marks don't nest in themselves. */
  write(text: RichText, marks: readonly string[]): void {
    for (const node of text) this.#writeNode(node, marks)
  }

  #writeNode(node: TextNode, marks: readonly string[]): void {
    switch (node.type) {
      case 'text':
      case 'emoji':
      case 'code':
        this.#add(guardMarks(node.value.toWellFormed()))
        break
      case 'bold':
      case 'italic':
      case 'underline':
        this.#writeStyled(node.type, node.children, marks)
        break
      case 'link':
        this.#writeLink(node.href, node.children, marks)
        break
      case 'mention':
        this.#add(toMention(node.id, visibleText(node.children).toWellFormed()))
        break
      case 'pre':
      case 'quote':
        this.#addBlock(guardMarks(renderPlain([node], false).toWellFormed()))
        break
      default:
        this.write(node.children, marks)
    }
  }

  #writeStyled(type: Style, children: RichText, marks: readonly string[]): void {
    if (marks.includes(type)) {
      this.write(children, marks)
      return
    }
    this.#mark({ type }, children, marks)
  }

  #writeLink(href: string, children: RichText, marks: readonly string[]): void {
    const label = visibleText(children)
    const isLink = /^https?:\/\/\S+$/i.test(href) && URL.canParse(href)
    // An address that the text says is linked by VK itself.
    const isSaid = addressBehind(label, href) === ''
    if (marks.includes('url') || !isLink || isSaid || label.trim() === '') {
      this.write(children, marks)
      this.#add(label === '' ? href : addressBehind(label, href))
      return
    }
    this.#mark({ type: 'url', url: href }, children, marks)
  }

  /** Marks stand in the order in which they begin, the outer one first. */
  #mark(
    { type, url }: Pick<FormatItem, 'type' | 'url'>,
    children: RichText,
    marks: readonly string[],
  ): void {
    const offset = this.#begin(children)
    const index = this.#items.push({ type, offset, length: 0 }) - 1
    this.write(children, [...marks, type])
    const length = this.#message.length - offset
    this.#items[index] = { type, offset, length, ...(url === undefined ? {} : { url }) }
  }

  /** Where the next text begins: behind the line break that a block before it needs. */
  #begin(text: RichText): number {
    if (this.#isAfterBlock && visibleText(text) !== '' && !visibleText(text).startsWith('\n')) {
      this.#add('\n')
    }
    return this.#message.length
  }

  #add(value: string): void {
    if (value === '') return
    if (this.#isAfterBlock && !value.startsWith('\n')) this.#message += '\n'
    this.#isAfterBlock = false
    this.#message += value
  }

  #addBlock(value: string): void {
    if (value === '') return
    if (this.#isAfterBlock || (this.#message !== '' && !this.#message.endsWith('\n'))) {
      this.#message += '\n'
    }
    this.#isAfterBlock = false
    this.#message += value
    this.#isAfterBlock = true
  }
}

/** The message for when VK won't have the marks: links say their address. */
export function withoutMarks(message: string, items: readonly FormatItem[]): string {
  let out = message
  for (const { offset, length, url } of items.toReversed()) {
    const end = offset + length
    if (url !== undefined) out = `${out.slice(0, end)} (${url})${out.slice(end)}`
  }
  return out
}

/** What VK would read as the name of a person or page, were it not for U+200B behind its first sign. */
const TYPED_MARK =
  /\[(?=(?:(?:id|club|public|event)\d{1,15}|https?:\/\/[^\s|[\]]{1,500})\|[^|[\]]{1,300}\])|[@*](?=(?:id|club|public|event)\d{1,15} ?\([^()]{1,300}\))/g

function guardMarks(value: string): string {
  return value.replace(TYPED_MARK, '$&\u200b')
}

/** VK's ids are numbers, negative for communities; other ids are no persons of VK's. */
function toMention(id: string, label: string): string {
  const name = label
    .replace(/^@/, '')
    .replace(/[[\]|\n]+/g, ' ')
    .trim()
  const [, minus, digits] = /^(-?)(\d{1,15})$/.exec(id) ?? []
  if (digits === undefined) return `@${name || id}`
  const page = `${minus ? 'club' : 'id'}${digits}`
  return `[${page}|${name || `@${page}`}]`
}
