import { BoundedMap } from '../../../core/bounded-map.ts'
import type { Clock } from '../../../core/clock.ts'
import type { PortalMemory } from '../../../core/dialect-memory.ts'
import type { Portal } from '../../../core/portal.ts'
import { ERA_NAME, type Era, readEra } from './era.ts'

const CACHE_MS = 60_000
/** A portal may be brought up to date: a command that it didn't know is tried again after this. */
const UNKNOWN_MS = 24 * 60 * 60_000
const MAX_PORTALS = 5000

interface Known {
  readonly era: Era
  /** Commands that it doesn't know, each with the time until which that is believed. */
  readonly unknown: Readonly<Record<string, number>>
  readonly readAt: number
}

const UNKNOWN_NAME = 'unknownCommands'

/** Which module a portal has, and what that doesn't know. Nobody is kept waiting where the store is away: then it is guessed. */
export class PortalEras {
  readonly #memory: PortalMemory
  readonly #clock: Clock
  readonly #known = new BoundedMap<string, Known>(MAX_PORTALS)

  constructor(memory: PortalMemory, clock: Clock) {
    this.#memory = memory
    this.#clock = clock
  }

  async eraOf(portal: Portal): Promise<Era> {
    const { version } = portal.settings
    if (version === '2019' || version === '2026') return version
    return (await this.#read(portal.id)).era
  }

  async knowsCommand(portalId: string, command: string): Promise<boolean> {
    const until = (await this.#read(portalId)).unknown[command]
    return until === undefined || until <= this.#clock.now()
  }

  /** The portal has said that it doesn't know this command. */
  async noteUnknown(portalId: string, command: string): Promise<void> {
    const before = await this.#read(portalId)
    const unknown = { ...before.unknown, [command]: this.#clock.now() + UNKNOWN_MS }
    this.#known.set(portalId, { ...before, unknown })
    try {
      await this.#memory.write(portalId, [{ name: UNKNOWN_NAME, value: JSON.stringify(unknown) }])
    } catch {
      // Only this process knows it then; the portal will say it again.
    }
  }

  async #read(portalId: string): Promise<Known> {
    const now = this.#clock.now()
    const before = this.#known.get(portalId)
    if (before && now - before.readAt < CACHE_MS) return before
    try {
      const era = await this.#memory.read(portalId, ERA_NAME)
      const unknown = await this.#memory.read(portalId, UNKNOWN_NAME)
      const known = {
        era: readEra(era?.value) ?? '2026',
        unknown: readUnknown(unknown?.value),
        readAt: now,
      }
      this.#known.set(portalId, known)
      return known
    } catch {
      return before ?? { era: '2026', unknown: {}, readAt: 0 }
    }
  }
}

function readUnknown(json: string | undefined): Readonly<Record<string, number>> {
  return json === undefined ? {} : (JSON.parse(json) as Record<string, number>)
}
