/**
 * Text in which quotes and blocks of code stand on lines of their own. Line breaks are added only where the text has
 * none; the one that follows a block in the text is the one that ends its last line.
 */
export class BlockText {
  readonly #lineBreak: string
  /** Ends a block's last line, and parts it from text that could be taken for its continuation. */
  readonly #afterBlock: string
  readonly #beforeBlock: string
  readonly #parts: string[] = []
  #isAfterBlock = false
  #isLineStart = true

  constructor(lineBreak = '\n', afterBlock = lineBreak, beforeBlock = '\n') {
    this.#lineBreak = lineBreak
    this.#afterBlock = afterBlock
    this.#beforeBlock = beforeBlock
  }

  /** Is what comes next the beginning of a line? */
  get isLineStart(): boolean {
    return this.#isLineStart || this.#isAfterBlock
  }

  /** Adds text without line breaks. */
  add(value: string): void {
    if (value === '') return
    if (this.#isAfterBlock) this.#parts.push(this.#afterBlock)
    this.#isAfterBlock = false
    this.#isLineStart = false
    this.#parts.push(value)
  }

  breakLine(): void {
    this.#parts.push(this.#isAfterBlock ? this.#afterBlock : this.#lineBreak)
    this.#isAfterBlock = false
    this.#isLineStart = true
  }

  addBlock(value: string): void {
    if (this.#isAfterBlock) this.#parts.push(this.#afterBlock)
    else if (!this.#isLineStart) this.#parts.push(this.#beforeBlock)
    this.#parts.push(value)
    this.#isAfterBlock = true
  }

  /** A block at the end keeps its last line open: nothing follows. */
  finish(): string {
    return this.#parts.join('')
  }
}

/** Each line behind a `> `. */
export function quoteLines(text: string): string {
  return `> ${text.replaceAll('\n', '\n> ')}`
}
