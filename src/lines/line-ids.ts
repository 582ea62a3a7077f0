import { BoundedMap } from '../core/bounded-map.ts'
import type { LineAddress, LineRepository } from '../db/lines/lines.ts'

const MAX_KNOWN = 100_000

/**
 * The hub's own numbers of portals' lines, remembered: a line keeps its number for ever. What else is true of it must be
 * asked of the store. Calls that ask for the same line at once share the question, so they are answered in order.
 */
export class LineIds {
  readonly #lineRepository: LineRepository
  readonly #known = new BoundedMap<string, Promise<number | undefined>>(MAX_KNOWN)

  constructor(lineRepository: LineRepository) {
    this.#lineRepository = lineRepository
  }

  /** Undefined when there is no such line; that is not remembered. */
  find(address: LineAddress): Promise<number | undefined> {
    const key = JSON.stringify([address.portalId, address.connector, address.externalId])
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const asked = this.#ask(address, () => this.#known.delete(key))
    this.#known.set(key, asked)
    return asked
  }

  async #ask(address: LineAddress, forget: () => void): Promise<number | undefined> {
    try {
      const record = await this.#lineRepository.find(address)
      if (!record) forget()
      return record?.id
    } catch (error) {
      forget()
      throw error
    }
  }
}
