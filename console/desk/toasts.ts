import { signal } from '@preact/signals'

export interface Toast {
  readonly id: number
  readonly kind: 'good' | 'bad'
  readonly text: string
}

const SHOWN_MS = { good: 6000, bad: 12_000 } as const

/** What has just happened, said in a corner for some seconds. */
export class Toasts {
  readonly list = signal<readonly Toast[]>([])
  #last = 0

  say(kind: Toast['kind'], text: string): void {
    this.#last += 1
    const id = this.#last
    this.list.value = [...this.list.value.slice(-3), { id, kind, text }]
    setTimeout(() => this.drop(id), SHOWN_MS[kind])
  }

  drop(id: number): void {
    this.list.value = this.list.value.filter((toast) => toast.id !== id)
  }
}
