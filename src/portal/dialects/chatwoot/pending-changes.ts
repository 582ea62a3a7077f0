import type { PortalMemory } from '../../../core/dialect-memory.ts'

/** An agent has edited or deleted a message that is on its way: the channel has no id of it yet. */
export interface PendingChange {
  readonly lineId: number
  readonly conversation: number
  readonly message: number
  /** Epoch ms. */
  readonly at: number
}

const NAME = 'changes'
/** Further ones aren't carried out: it takes a channel that is away and an agent who deletes hundreds of messages. */
const LIMIT = 200
const TRIES = 20

/** Kept in the store, a list for each portal. Throws StoreUnavailableError. */
export class PendingChanges {
  readonly #memory: PortalMemory

  constructor(memory: PortalMemory) {
    this.#memory = memory
  }

  async list(portalId: string): Promise<readonly PendingChange[]> {
    const found = await this.#memory.read(portalId, NAME)
    return found ? (JSON.parse(found.value) as PendingChange[]) : []
  }

  async add(portalId: string, change: PendingChange): Promise<void> {
    await this.#edit(portalId, (list) =>
      list.some(({ message }) => message === change.message)
        ? list
        : [...list, change].slice(-LIMIT),
    )
  }

  async remove(portalId: string, { message }: PendingChange): Promise<void> {
    await this.#edit(portalId, (list) => list.filter((one) => one.message !== message))
  }

  async #edit(
    portalId: string,
    edit: (list: readonly PendingChange[]) => readonly PendingChange[],
  ): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const found = await this.#memory.read(portalId, NAME)
      const list = edit(found ? (JSON.parse(found.value) as PendingChange[]) : [])
      const value = JSON.stringify(list)
      const expected = found?.version ?? 0
      if (await this.#memory.write(portalId, [{ name: NAME, value, expected }])) return
    }
  }
}
