/** At most so many pieces of work at once; the others wait in the order in which they came. */
export class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []
  readonly #underWay = new Set<Promise<void>>()

  constructor(most: number) {
    this.#free = most
  }

  /** `work` must not reject. */
  async take(work: () => Promise<void>): Promise<void> {
    const done = this.#run(work)
    this.#underWay.add(done)
    await done
    this.#underWay.delete(done)
  }

  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #run(work: () => Promise<void>): Promise<void> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free -= 1
    await work()
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
