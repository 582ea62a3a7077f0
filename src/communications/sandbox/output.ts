import { type Drop, toValue } from 'liquidjs'
import { renderText } from '../../text/format.ts'
import { type Escape, SANDBOX_LIMITS } from './sandbox.ts'

/** The value of an output that is to show as it is: how it must be written depends on what stands beside it. */
export class Literal {
  readonly value: string
  constructor(value: unknown) {
    this.value = toText(value)
  }
}

/** What a task may still write, over all its strings. */
export class OutputBudget {
  readonly format: Escape | undefined
  #left: number

  constructor(left: number = SANDBOX_LIMITS.output, format?: Escape) {
    this.#left = left
    this.format = format
  }

  get left(): number {
    return this.#left
  }

  /** Throws when it is used up. */
  use(text: string): void {
    this.#left -= Buffer.byteLength(text)
    if (this.#left < 0) throw tooLong()
  }

  forString(format: Escape | undefined): OutputBudget {
    return new OutputBudget(this.#left, format)
  }
}

/**
 * What Liquid writes a string into. Neighbouring values are escaped as one: two that are harmless by themselves, such as
 * a first and a last name, must not make a link together.
 */
export class BoundedOutput {
  readonly #budget: OutputBudget
  #text = ''
  #literal = ''

  constructor(budget: OutputBudget) {
    this.#budget = budget
  }

  write(value: unknown): void {
    if (value instanceof Literal) this.#literal += value.value
    else {
      const text = toText(value)
      if (text === '') return
      this.#flush()
      this.#text += text
    }
    // Characters never have less than a byte; bytes are counted once, at the end.
    if (this.#text.length + this.#literal.length > this.#budget.left) throw tooLong()
  }

  get buffer(): string {
    this.#flush()
    return this.#text
  }

  #flush(): void {
    const { format } = this.#budget
    if (this.#literal === '' || format === undefined) return
    this.#text += renderText([{ type: 'text', value: this.#literal }], format)
    this.#literal = ''
  }
}

/** As Liquid writes values: lists without commas, nothing for what isn't there. */
function toText(value: unknown): string {
  const plain: unknown = toValue(value as Drop)
  if (typeof plain === 'string') return plain
  if (plain === undefined || plain === null) return ''
  if (Array.isArray(plain)) return plain.map(toText).join('')
  return String(plain)
}

function tooLong(): RangeError {
  return new RangeError('the template writes more than 64 KiB')
}
