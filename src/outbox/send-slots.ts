/** Calls to channels that one process has under way at once, whatever lines they are for. */
export class SendSlots {
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  /** False when all are taken: look again in a moment. */
  tryTake(): boolean {
    if (this.#free === 0) return false
    this.#free -= 1
    return true
  }

  giveBack(): void {
    this.#free += 1
  }
}
