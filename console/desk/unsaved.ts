import { signal } from '@preact/signals'

/** Somebody is about to leave a form that isn't saved. */
export interface Question {
  /** The form's; empty if it has none yet. */
  readonly name: string
  leave(): void
  stay(): void
}

/** Forms with changes that would be lost by leaving the page. */
export class Unsaved {
  /** Shown as a dialog while it is there. */
  readonly question = signal<Question | undefined>(undefined)
  readonly #forms = new Map<symbol, string>()

  /** Returns what takes it back. */
  add(name: string): () => void {
    const key = Symbol(name)
    this.#forms.set(key, name)
    return () => this.#forms.delete(key)
  }

  get isAny(): boolean {
    return this.#forms.size > 0
  }

  /** Leaves at once if nothing would be lost, and otherwise when that is wanted. */
  ask(leave: () => void): void {
    const [name] = this.#forms.values()
    if (name === undefined) {
      leave()
      return
    }
    const close = (): void => {
      this.question.value = undefined
    }
    this.question.value = {
      name,
      stay: close,
      leave: () => {
        close()
        this.#forms.clear()
        leave()
      },
    }
  }
}
