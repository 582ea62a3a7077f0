/**
 * Calls many when a signal aborts, by one listener. The signal of a whole process has as many listeners as requests are under
 * way, and adding and removing one goes through all of them.
 */
export class AbortWatch {
  readonly #watched = new WeakMap<AbortSignal, Set<() => void>>()

  /** Gives what ends it. `run` isn't called for a signal that has aborted before. */
  listen(signal: AbortSignal, run: () => void): () => void {
    const all = this.#watched.get(signal) ?? this.#watch(signal)
    all.add(run)
    return () => all.delete(run)
  }

  #watch(signal: AbortSignal): Set<() => void> {
    const all = new Set<() => void>()
    this.#watched.set(signal, all)
    signal.addEventListener(
      'abort',
      () => {
        for (const run of [...all]) run()
      },
      { once: true },
    )
    return all
  }
}
