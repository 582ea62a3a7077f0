import type { LineAddress, LineRepository } from '../db/lines/lines.ts'

const MAX_KNOWN = 100_000

/**
 * The hub's own numbers of portals' lines, remembered: a line keeps its number for ever. What else is true of it must be
 * asked of the store. Calls that ask for the same line at once share the question, so they are answered in order.
 */
export class LineIds {
  readonly #lines: LineRepository
  readonly #known = new Map<string, Promise<number | undefined>>()

  constructor(lines: LineRepository) {
    this.#lines = lines
  }

  /** Undefined when there is no such line; that is not remembered. */
  find(address: LineAddress): Promise<number | undefined> {
    const key = JSON.stringify([address.portalId, address.connector, address.externalId])
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const asked = this.#ask(address, () => this.#known.delete(key))
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(key, asked)
    return asked
  }

  async #ask(address: LineAddress, forget: () => void): Promise<number | undefined> {
    try {
      const record = await this.#lines.find(address)
      if (!record) forget()
      return record?.id
    } catch (error) {
      forget()
      throw error
    }
  }
}
