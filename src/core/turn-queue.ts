/** One of a tenant's lines. */
export type Part = string | number

interface Turn {
  readonly tenant: string
  readonly part: Part
  readonly start: () => void
}

/** Who waits for something shared, in the order of their turns: round-robin over tenants, and over the parts of each. */
export class TurnQueue {
  readonly #tenants = new Map<string, Map<Part, Turn[]>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The return value takes the wish back; later it does nothing. */
  add(tenant: string, part: Part, start: () => void): () => void {
    const turn = { tenant, part, start }
    const parts = this.#tenants.get(tenant) ?? new Map<Part, Turn[]>()
    this.#tenants.set(tenant, parts)
    const turns = parts.get(part)
    if (turns) turns.push(turn)
    else parts.set(part, [turn])
    this.#size++
    return () => this.#withdraw(turn)
  }

  /**
   * Takes out the next turn of those that `may` have one. A tenant and a part that have had theirs go to the end. Asked
   * without a part, `may` says no for tenants none of whose parts may: one may have thousands that wait.
   */
  next(may: (tenant: string, part?: Part) => boolean): Turn | undefined {
    for (const [tenant, parts] of this.#tenants) {
      if (!may(tenant)) continue
      for (const [part, turns] of parts) {
        if (!may(tenant, part)) continue
        const turn = turns.shift()
        this.#size--
        parts.delete(part)
        if (turns.length > 0) parts.set(part, turns)
        this.#tenants.delete(tenant)
        if (parts.size > 0) this.#tenants.set(tenant, parts)
        return turn
      }
    }
    return undefined
  }

  #withdraw(turn: Turn): void {
    const parts = this.#tenants.get(turn.tenant)
    const turns = parts?.get(turn.part)
    const index = turns?.indexOf(turn) ?? -1
    if (!parts || !turns || index < 0) return
    turns.splice(index, 1)
    this.#size--
    if (turns.length === 0) parts.delete(turn.part)
    if (parts.size === 0) this.#tenants.delete(turn.tenant)
  }
}
