import type { Clock } from '../../src/core/clock.ts'
import { parseNumberedId } from '../../src/core/ids.ts'
import { appendUpdates } from '../../src/db/inbox/append.ts'
import type { ChannelCall } from './outbox-channel.ts'
import type { Random } from './random.ts'
import type { SimTime } from './sim-clock.ts'
import type { SimStore } from './sim-store.ts'

export type ToldStatus = 'sent' | 'delivered'

export interface StatusTellerWorld {
  readonly time: SimTime
  readonly random: Random
  /** A process that takes updates, if there is one. */
  hub(): { readonly clock: Clock; readonly store: SimStore } | undefined
  /** A status was taken. */
  heard(call: ChannelCall, status: ToldStatus): void
}

const PATIENCE_MS = 5000
const REPEAT_MS = 500

/** The channel's webhook: tells what has become of each part, in any order, and again until it is answered. */
export class StatusTeller {
  readonly #world: StatusTellerWorld
  #waiting = 0

  constructor(world: StatusTellerWorld) {
    this.#world = world
  }

  get isBusy(): boolean {
    return this.#waiting > 0
  }

  /** `id` is the channel's, of a part that it has just shown. */
  follow(call: ChannelCall, id: string): void {
    const { random } = this.#world
    this.#tellLater(call, id, 'sent', random.between(1, 3000))
    if (random.chance(0.5)) this.#tellLater(call, id, 'delivered', random.between(1, 6000))
  }

  #tellLater(call: ChannelCall, id: string, status: ToldStatus, delayMs: number): void {
    const { time } = this.#world
    this.#waiting += 1
    time.schedule(delayMs, () => {
      let isOver = false
      const end = (isTaken: boolean): void => {
        if (isOver) return
        isOver = true
        this.#waiting -= 1
        if (isTaken) this.#world.heard(call, status)
        else this.#tellLater(call, id, status, REPEAT_MS)
      }
      // A process that dies never answers.
      time.schedule(PATIENCE_MS, () => end(false))
      void this.#tell(call, id, status).then(end)
    })
  }

  async #tell(
    { out, lineId, part }: ChannelCall,
    id: string,
    status: ToldStatus,
  ): Promise<boolean> {
    const hub = this.#world.hub()
    if (!hub) return false
    const { seq = 0 } = parseNumberedId('out_', out) ?? {}
    const payload = JSON.stringify({ status, messageIds: [id] })
    const update = {
      lineId,
      hash: `${id}:${status}`,
      events: [{ type: 'message.status', payload }],
      statuses: [{ index: 0, status, messageIds: [id], reference: { seq, part: part + 1 } }],
    }
    try {
      await appendUpdates(hub.store.asStore, [update], undefined, hub.clock.now())
      return true
    } catch {
      return false
    }
  }
}
