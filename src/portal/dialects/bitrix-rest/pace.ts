import { BoundedMap } from '../../../core/bounded-map.ts'
import { type Clock, sleep } from '../../../core/clock.ts'

/** What a portal lets an application do for long: its bucket runs out at this rate. */
const PER_SECOND = 2
const SECOND = 1000
/** Whoever would have to wait for longer is sent away, and comes again. */
const MAX_WAIT_MS = 30_000
const MAX_PORTALS = 10_000

/** Spreads the requests of this process to a portal, so that the portal need not refuse any. */
export class Pace {
  readonly #clock: Clock
  /** When the last requests went out, or are to go out; the earliest first. */
  readonly #turns = new BoundedMap<string, readonly number[]>(MAX_PORTALS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits for this request's turn. How long it would have to wait, in ms, if that is too long; 0 when the turn has come. */
  async turn(portalId: string, signal: AbortSignal): Promise<number> {
    const now = this.#clock.now()
    const turns = this.#turns.get(portalId) ?? []
    const [first = 0] = turns.length < PER_SECOND ? [] : turns
    const at = Math.max(now, first + SECOND)
    if (at - now > MAX_WAIT_MS) return at - now
    this.#turns.set(portalId, [...turns, at].slice(-PER_SECOND))
    if (at > now) await sleep(this.#clock, at - now, signal)
    return 0
  }

  /** The portal wants none before that. */
  hold(portalId: string, ms: number): void {
    const at = this.#clock.now() + Math.min(ms, MAX_WAIT_MS) - SECOND
    this.#turns.set(
      portalId,
      Array.from({ length: PER_SECOND }, () => at),
    )
  }
}
