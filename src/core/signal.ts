/**
 * Something that happens in one part and concerns others: made before both, handed to both, so that neither needs the other
 * to be there when it is made. Listeners are called at once, in the order in which they came.
 */
export class Signal<T = void> {
  readonly #listeners: ((value: T) => void)[] = []

  on(listener: (value: T) => void): void {
    this.#listeners.push(listener)
  }

  raise(value: T): void {
    for (const listener of this.#listeners) listener(value)
  }
}
