import { given } from '../../core/given.ts'
import { plainText, type RichText, type TextNode, visibleText } from '../../core/rich-text.ts'
import { addressBehind } from '../links.ts'
import { renderPlain } from '../plain.ts'

/** A stretch of text that VK shows in another way, or links to `url`. Counts UTF-16 units. */
export interface VkFormatItem {
  readonly type: 'bold' | 'italic' | 'underline' | 'url'
  readonly offset: number
  readonly length: number
  readonly url?: string
}

export interface VkText {
  readonly message: string
  readonly items: readonly VkFormatItem[]
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
  readonly #items: VkFormatItem[] = []
  /** Where the names that are meant begin. */
  readonly #mentions = new Set<number>()
  #isAfterBlock = false

  finish(): VkText {
    const items = this.#items.filter(({ length }) => length > 0)
    return guardMarks({ message: this.#message, items }, this.#mentions)
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
        this.#add(node.value.toWellFormed())
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
        this.#mentions.add(this.#begin(plainText(node.id)))
        this.#add(toMention(node.id, visibleText(node.children).toWellFormed()))
        break
      case 'pre':
      case 'quote':
        this.#addBlock(renderPlain([node], false).toWellFormed())
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
    { type, url }: Pick<VkFormatItem, 'type' | 'url'>,
    children: RichText,
    marks: readonly string[],
  ): void {
    const offset = this.#begin(children)
    const index = this.#items.push({ type, offset, length: 0 }) - 1
    this.write(children, [...marks, type])
    const length = this.#message.length - offset
    this.#items[index] = { type, offset, length, ...given({ url }) }
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
export function withoutMarks(message: string, items: readonly VkFormatItem[]): string {
  let out = message
  for (const { offset, length, url } of items.toReversed()) {
    const end = offset + length
    if (url !== undefined) out = `${out.slice(0, end)} (${url})${out.slice(end)}`
  }
  return out
}

const ZERO_WIDTH_SPACE = '\u200b'
/** What VK would read as the name of a person or page, were it not for U+200B behind its first sign. */
const TYPED_MARK =
  /\[(?=(?:(?:id|club|public|event)\d{1,15}|https?:\/\/[^\s|[\]]{1,500})\|[^|[\]]{1,300}\])|[@*](?=(?:id|club|public|event)\d{1,15} ?\([^()]{1,300}\))/g

/**
 * Guards what reads as a name and isn't meant as one; looked for in the whole message, since it may have come together from
 * several pieces. The marks move along.
 */
function guardMarks({ message, items }: VkText, meant: ReadonlySet<number>): VkText {
  const places = Array.from(message.matchAll(TYPED_MARK), ({ index }) => index)
  const behind = places.filter((index) => !meant.has(index)).map((index) => index + 1)
  if (behind.length === 0) return { message, items }
  let guarded = ''
  let from = 0
  for (const at of behind) {
    guarded += `${message.slice(from, at)}${ZERO_WIDTH_SPACE}`
    from = at
  }
  const shift = (offset: number): number => offset + countUpTo(behind, offset)
  return {
    message: guarded + message.slice(from),
    items: items.map((item) => {
      const offset = shift(item.offset)
      return { ...item, offset, length: shift(item.offset + item.length) - offset }
    }),
  }
}

/** How many of the rising numbers are no greater than `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
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
