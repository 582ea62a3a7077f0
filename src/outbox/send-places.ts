import type { SharedPool } from '../core/shared-pool.ts'

/** The places of one line among the sends of all: it takes one at once, or is woken when it is its turn. */
export class SendPlaces {
  readonly #pool: SharedPool
  readonly #portalId: string
  readonly #lineId: number
  readonly #wake: () => void
  /** A place that has been given to the line and isn't used yet. */
  #isGranted = false
  #withdraw: (() => void) | undefined

  constructor(
    pool: SharedPool,
    owner: { readonly portalId: string; readonly lineId: number },
    wake: () => void,
  ) {
    this.#pool = pool
    this.#portalId = owner.portalId
    this.#lineId = owner.lineId
    this.#wake = wake
  }

  /** False when there is none: the line is woken when there is. */
  tryTake(): boolean {
    if (!this.#isGranted && !this.#withdraw) this.#ask()
    const isTaken = this.#isGranted
    this.#isGranted = false
    return isTaken
  }

  giveBack(): void {
    this.#pool.giveBack(this.#portalId, this.#lineId)
  }

  /** The line can't use another place now. */
  rest(): void {
    this.#withdraw?.()
    this.#withdraw = undefined
    if (!this.#isGranted) return
    this.#isGranted = false
    this.giveBack()
  }

  #ask(): void {
    const withdraw = this.#pool.enqueue(this.#portalId, this.#lineId, () => {
      this.#isGranted = true
      if (!this.#withdraw) return
      this.#withdraw = undefined
      this.#wake()
    })
    if (!this.#isGranted) this.#withdraw = withdraw
  }
}
