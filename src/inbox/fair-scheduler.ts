interface PortalQueue {
  readonly waiting: (() => Promise<void>)[]
  active: number
}

/**
 * Runs tasks round-robin over portals: one with 10 000 busy lines gets the same turns as one with a single line. At most
 * `perPortal` tasks of a portal and `total` in all run at once.
 */
export class FairScheduler {
  readonly #perPortal: number
  readonly #total: number
  readonly #portals = new Map<string, PortalQueue>()
  /** Portals that have a task waiting and room to run it, in the order of their turns. */
  readonly #turns = new Set<string>()
  #active = 0

  constructor(limits: { readonly perPortal: number; readonly total: number }) {
    this.#perPortal = limits.perPortal
    this.#total = limits.total
  }

  /** `task` must not reject. */
  add(portalId: string, task: () => Promise<void>): void {
    const queue = this.#portals.get(portalId) ?? { waiting: [], active: 0 }
    this.#portals.set(portalId, queue)
    queue.waiting.push(task)
    if (queue.active < this.#perPortal) this.#turns.add(portalId)
    this.#pump()
  }

  #pump(): void {
    while (this.#active < this.#total) {
      const [portalId] = this.#turns
      if (portalId === undefined) return
      this.#turns.delete(portalId)
      const queue = this.#portals.get(portalId)
      const task = queue?.waiting.shift()
      if (!queue || !task) continue
      this.#active++
      queue.active++
      this.#giveTurn(portalId, queue)
      void task().finally(() => {
        this.#active--
        queue.active--
        this.#giveTurn(portalId, queue)
        this.#pump()
      })
    }
  }

  #giveTurn(portalId: string, queue: PortalQueue): void {
    if (queue.waiting.length > 0) {
      if (queue.active < this.#perPortal) this.#turns.add(portalId)
    } else if (queue.active === 0) {
      this.#portals.delete(portalId)
    }
  }
}
