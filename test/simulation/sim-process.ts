import type { Lease } from '../../src/core/lease.ts'
import type { Log } from '../../src/core/log.ts'
import { SharedPool } from '../../src/core/shared-pool.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import type { AppendOutcome } from '../../src/db/inbox/append.ts'
import type { NewUpdate } from '../../src/db/inbox/new-update.ts'
import { SeenMemory } from '../../src/db/inbox/seen-memory.ts'
import { InboxCommitter } from '../../src/inbox/committer.ts'
import { Dispatcher } from '../../src/inbox/dispatcher.ts'
import { PortalLife } from '../../src/inbox/portal-life.ts'
import { type KeeperPace, RepeatKeeper } from '../../src/inbox/repeat-keeper.ts'
import { InboxWriter } from '../../src/inbox/writer.ts'
import { Heartbeat } from '../../src/lease/heartbeat.ts'
import type { Actor } from './ledger.ts'
import type { Random } from './random.ts'
import { SimClock } from './sim-clock.ts'
import { type PortalWorld, SimPort } from './sim-portal.ts'
import { SimStore, type StoreWorld } from './sim-store.ts'

export interface ProcessWorld extends StoreWorld, PortalWorld {
  readonly options: {
    readonly maxEvents: number
    readonly maxBytes: number
    readonly ladderMs: readonly number[]
    readonly slotMs: number
  }
  /** There is room for few lines only. */
  readonly isCrowded: boolean
  /** Whether a process can see that another one, of the same machine, has died. */
  isKnownDead(token: string): boolean
  /** An error the code under test did not expect. */
  unexpected(text: string): void
}

const BOOT_RETRY_MS = 1000
const STOP_GRACE_MS = 7000
const MAX_PER_PORTAL = 2
const MAX_TOTAL = 4
const MAX_HELD = 1000
const MAX_WAITING = 1000
/** So few that a portal with several lines has some of them wait in the store. */
const MAX_HELD_CROWDED = 8

/** Slots are closed and read within the time that a world lasts, some of them slowly. */
function drawPace(random: Random): KeeperPace {
  return {
    lookMs: random.pick([100, 700, 3000]),
    closedForMs: random.pick([0, 0, 1000]),
    pauseMs: random.pick([1, 50, 2000]),
    pageKeys: random.int(1, 4),
    maxBytes: random.pick([0, 1000, 1_000_000, 1_000_000]),
  }
}

/** One process of the hub as far as the inbox goes, wired as in `src/app.ts`. */
export class SimProcess implements Actor {
  readonly name: string
  readonly clock: SimClock
  readonly store: SimStore
  readonly heartbeat: Heartbeat
  readonly life: PortalLife
  readonly writer: InboxWriter
  readonly dispatcher: Dispatcher
  readonly repeats: RepeatKeeper
  readonly #world: ProcessWorld
  readonly #port: SimPort
  isDead = false
  isStopping = false
  isStopped = false
  isBooted = false
  frozenUntil = 0
  /** The store can't be reached from this process until then. */
  cutOffUntil = 0
  /** What it asks of the store until then is on its way for so long. */
  stalledUntil = 0

  constructor(world: ProcessWorld, name: string, offsetMs: number) {
    this.#world = world
    this.name = name
    this.clock = new SimClock(world.time, this, offsetMs)
    this.store = new SimStore(world, this, () => this.dispatcher.reconcile())
    this.#port = new SimPort(world, this)
    const { asStore: store } = this.store
    const { clock } = this
    const log = this.#createLog()
    const processes = new ProcessRepository(store)
    this.heartbeat = new Heartbeat(processes, clock, log, 'inbox', ({ token }) =>
      world.isKnownDead(token),
    )
    this.life = new PortalLife(store, clock, log, () => this.dispatcher.wake())
    const { maxEvents, maxBytes, ladderMs } = world.options
    const lease = this.#lease()
    const burial = { isKept: true }
    const memory = new SeenMemory(store, clock)
    this.repeats = new RepeatKeeper(
      { store, memory, clock, log, slotMs: () => world.options.slotMs },
      drawPace(world.random),
    )
    const commits = new InboxCommitter({
      ...{ store, clock, lease, burial, memory },
      places: new SharedPool({ name: 'updates-waiting', capacity: MAX_WAITING }),
    })
    this.dispatcher = new Dispatcher(
      { store, commits, clock, log, lease, life: this.life, portals: this.#port },
      {
        limits: { maxEvents, maxBytes },
        ladderMs: world.mutation === 'short-ladder' ? ladderMs.map((step) => step / 2) : ladderMs,
        burial,
        packets: new SharedPool({
          name: 'packets',
          capacity: MAX_TOTAL,
          perTenant: MAX_PER_PORTAL,
        }),
        heldLines: new SharedPool({
          name: 'inbox-lines',
          capacity: world.isCrowded ? MAX_HELD_CROWDED : MAX_HELD,
        }),
        paceMs: () => world.random.pick([0, 50, 200]),
      },
    )
    this.writer = new InboxWriter(commits, this.dispatcher)
  }

  get token(): string {
    return this.heartbeat.token
  }

  now(): number {
    return this.clock.now()
  }

  /** Takes webhooks. */
  get isServing(): boolean {
    return !this.isDead && !this.isStopping
  }

  async boot(): Promise<void> {
    for (;;) {
      try {
        await this.heartbeat.start()
        break
      } catch {
        await new Promise<void>((resolve) => {
          this.#world.time.schedule(BOOT_RETRY_MS, resolve, this)
        })
        if (this.isStopping) return
      }
    }
    this.isBooted = true
    this.#world.trace.add(`${this.name} works`)
    this.dispatcher.start()
    this.repeats.start()
  }

  /** As `Hub.stop`: a store that is away is no reason not to end. */
  async stop(): Promise<void> {
    this.isStopping = true
    this.#world.trace.add(`${this.name} stops`)
    // The server closes first: it waits for requests under way, though not for ever.
    await Promise.race([
      this.writer.settled(),
      new Promise<void>((resolve) => {
        this.#world.time.schedule(STOP_GRACE_MS, resolve, this)
      }),
    ])
    await this.#quietly(() => this.repeats.stop())
    await this.#quietly(() => this.dispatcher.stop(STOP_GRACE_MS))
    if (this.isBooted) await this.#quietly(() => this.heartbeat.stop())
    this.isStopped = true
    this.#world.trace.add(`${this.name} has stopped`)
    this.crash()
  }

  crash(): void {
    if (this.isDead) return
    if (!this.isStopped) this.#world.trace.add(`${this.name} dies`)
    this.isDead = true
    this.#port.cut()
  }

  append(update: NewUpdate): Promise<AppendOutcome> {
    const { portalId } = this.#world.ledger.line(update.lineId)
    return this.writer.append({ ...update, portalId })
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch {
      this.#world.trace.add(`${this.name} leaves its leases to run out`)
    }
  }

  #lease(): Lease {
    if (this.#world.mutation !== 'lease-for-ever') return this.heartbeat
    const { heartbeat } = this
    return {
      get token() {
        return heartbeat.token
      },
      isAlive: () => this.isBooted,
      onSuspended: () => undefined,
      onLost: (listener) => heartbeat.onLost(listener),
    }
  }

  #createLog(): Log {
    const say = (fields: object): void => {
      const { event, lineId } = fields as { event?: string; lineId?: number }
      this.#world.trace.add(`${this.name} ${event}${lineId === undefined ? '' : ` line ${lineId}`}`)
    }
    return {
      debug: say,
      info: say,
      warn: say,
      error: (fields) => {
        say(fields)
        const { err } = fields as { err?: unknown }
        this.#world.unexpected(err instanceof Error ? (err.stack ?? err.message) : String(err))
      },
    }
  }
}
