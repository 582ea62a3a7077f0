import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock } from '../core/clock.ts'
import { DeliveryError, TransportError } from '../core/errors.ts'
import type { InboundEvent, Person } from '../core/event.ts'
import type { Log } from '../core/log.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { ActiveLine } from '../lines/directory.ts'

type Profile = Omit<Person, 'id'>

interface Page {
  readonly profile: Promise<Profile | undefined>
  readonly until: number
}

/** People change their names and pictures rarely; a day later the channel is asked again. */
const MEMORY_MS = 24 * 3600 * 1000
/** After a look-up that failed the channel is not asked again for this long. */
const FAILURE_MEMORY_MS = 10 * 60_000
/** The channel waits for the webhook's answer meanwhile, and gives up after some 5 to 20 s. */
const PATIENCE_MS = 3000
const MAX_PEOPLE = 20_000

/**
 * Who people are, for channels whose updates name them by id alone: asked of the channel once a day per person, line and
 * process. An event goes on without a name when the channel doesn't give it in time.
 */
export class ProfileBook {
  readonly #clock: Clock
  readonly #log: Log
  /** Look-ups under way. */
  readonly #lookUps: SharedPool
  readonly #pages = new BoundedMap<string, Page>(MAX_PEOPLE)

  constructor(clock: Clock, log: Log, lookUps: SharedPool) {
    this.#clock = clock
    this.#log = log
    this.#lookUps = lookUps
  }

  /** The events, with what is known of people who come with nothing but an id. Never throws. */
  async introduce(
    events: readonly InboundEvent[],
    active: ActiveLine,
  ): Promise<readonly InboundEvent[]> {
    return await Promise.all(events.map((event) => this.#introduceOne(event, active)))
  }

  async #introduceOne(event: InboundEvent, active: ActiveLine): Promise<InboundEvent> {
    if (!('user' in event) || !event.user || Object.keys(event.user).length > 1) return event
    const profile = await this.#find(event.user.id, active)
    return profile ? { ...event, user: { ...profile, id: event.user.id } } : event
  }

  #find(personId: string, active: ActiveLine): Promise<Profile | undefined> {
    const key = `${active.record.id}:${active.record.epoch}:${personId}`
    const now = this.#clock.now()
    const known = this.#pages.get(key)
    if (known && known.until > now) return known.profile
    const { id, portalId } = active.record
    // Not remembered: the person's next message may find room.
    if (!this.#lookUps.tryTake(portalId, id)) return Promise.resolve(undefined)
    const profile = this.#ask(personId, active).catch((error: unknown) => {
      this.#pages.set(key, {
        profile: Promise.resolve(undefined),
        until: this.#clock.now() + FAILURE_MEMORY_MS,
      })
      this.#complain(active, error)
      return undefined
    })
    this.#pages.set(key, { profile, until: now + MEMORY_MS })
    return profile
  }

  async #ask(personId: string, active: ActiveLine): Promise<Profile | undefined> {
    const patience = new AbortController()
    const timer = this.#clock.after(PATIENCE_MS, () => patience.abort())
    try {
      return await active.connector.profile?.(personId, active.line, { signal: patience.signal })
    } finally {
      timer.cancel()
      this.#lookUps.giveBack(active.record.portalId, active.record.id)
    }
  }

  #complain(active: ActiveLine, error: unknown): void {
    const fields = { event: 'profile.failed', lineId: active.record.id, err: error }
    const isChannel = error instanceof DeliveryError || error instanceof TransportError
    if (isChannel) this.#log.debug(fields, 'the channel does not say who a person is')
    else this.#log.error(fields, 'a profile could not be read')
  }
}
