import type { Connector } from '../../src/core/connector.ts'
import type { Log } from '../../src/core/log.ts'
import type { PacketAnswer } from '../../src/core/packet.ts'
import { POOL_SIZES } from '../../src/core/pool-sizes.ts'
import type { PoolOptions, SharedPool } from '../../src/core/shared-pool.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { SeenMemory } from '../../src/db/inbox/seen-memory.ts'
import { PollLineRepository } from '../../src/db/lines/poll-lines.ts'
import { Transfers } from '../../src/files/transfers.ts'
import { InboxCommitter } from '../../src/inbox/committer.ts'
import { Dispatcher } from '../../src/inbox/dispatcher.ts'
import { PortalLife } from '../../src/inbox/portal-life.ts'
import type { PortalPort } from '../../src/inbox/portal-port.ts'
import { InboxWriter } from '../../src/inbox/writer.ts'
import { Poller } from '../../src/ingress/poller.ts'
import { Heartbeat } from '../../src/lease/heartbeat.ts'
import type { ActiveLine } from '../../src/lines/directory.ts'
import { OutboxSender } from '../../src/outbox/sender.ts'
import { OutboxWriter } from '../../src/outbox/writer.ts'
import type { Random } from './random.ts'
import { type Owner, SimClock, SimTime } from './sim-clock.ts'
import type { SimDatabase } from './sim-database.ts'
import { SimStore, type StoreWeather, type StoreWorld } from './sim-store.ts'

/** Portals and channels, quiet ones and noisy ones, as the hub finds them. */
export interface Surroundings {
  readonly connector: Connector
  deliver: (...packet: Parameters<PortalPort['deliver']>) => Promise<PacketAnswer>
  /** An update of a polling line has been committed. */
  polled(payload: string): void
}

export interface HubModelParts {
  readonly random: Random
  readonly database: SimDatabase
  /** One way to the store, in ms. */
  readonly latencyMs: number
  openPool(size: PoolOptions): SharedPool
  surround(time: SimTime): Surroundings
}

const PACKET_EVENTS = 50
const PACKET_BYTES = 1_000_000
const LADDER_MS = [5000, 10_000, 30_000]

/** One whole process of the hub, with the sizes it has in earnest, on simulated time and a store without troubles. */
export class HubModel implements StoreWorld, Owner {
  readonly isDead = false
  readonly frozenUntil = 0
  readonly time = new SimTime()
  readonly random: Random
  readonly database: SimDatabase
  readonly mutation = 'none'
  readonly weather: StoreWeather
  writeLockedUntil = 0
  readonly writer: InboxWriter
  readonly outbox: OutboxWriter
  readonly transfers: Transfers
  readonly #heartbeat: Heartbeat
  readonly #dispatcher: Dispatcher
  readonly #sender: OutboxSender
  readonly #poller: Poller
  readonly #portals = new Map<number, string>()
  #failure: unknown

  constructor(parts: HubModelParts) {
    this.random = parts.random
    this.database = parts.database
    const { random } = this
    this.weather = {
      fate: () => 'ok',
      latency: () => random.between(0.5, 1.5) * parts.latencyMs,
      stall: () => 0,
      isAway: () => false,
    }
    const clock = new SimClock(this.time, this, 0)
    const store = new SimStore(this, this, () => undefined).asStore
    const log = this.#createLog()
    const lease = new Heartbeat(new ProcessRepository(store), clock, log, 'all')
    const common = { store, clock, log, lease }
    const { connector, deliver, polled } = parts.surround(this.time)
    const findLine = async (lineId: number) => this.#activate(lineId, connector)
    const portals = { deliver, isAnswering: async () => false, disconnect: async () => undefined }
    const life = new PortalLife(store, clock, log, () => this.#dispatcher.wake())
    this.#heartbeat = lease
    const burial = { isKept: true }
    const places = parts.openPool(POOL_SIZES.updatesWaiting)
    const memory = new SeenMemory(store, clock)
    const commits = new InboxCommitter({ ...{ store, clock, lease }, burial, places, memory })
    this.#dispatcher = new Dispatcher(
      { ...common, commits, portals, life },
      {
        limits: { maxEvents: PACKET_EVENTS, maxBytes: PACKET_BYTES },
        ladderMs: LADDER_MS,
        burial,
        packets: parts.openPool(POOL_SIZES.packets),
        heldLines: parts.openPool(POOL_SIZES.inboxLines),
        paceMs: () => 0,
      },
    )
    this.writer = new InboxWriter(commits, this.#dispatcher)
    const render = (event: { readonly type: string }) => ({
      type: event.type,
      payload: JSON.stringify(event),
    })
    this.#sender = new OutboxSender({
      ...common,
      sends: parts.openPool(POOL_SIZES.sends),
      heldLines: parts.openPool(POOL_SIZES.outboxLines),
      findLine,
      render,
      wakeInbox: () => this.#dispatcher.wake(),
      pause: async () => undefined,
    })
    this.outbox = new OutboxWriter(
      store,
      clock,
      parts.openPool(POOL_SIZES.messagesWaiting),
      (lineIds) => this.#sender.wake(lineIds),
    )
    this.#poller = new Poller({
      ...common,
      pollLines: new PollLineRepository(store),
      polls: parts.openPool(POOL_SIZES.polls),
      health: { pollWorks: () => undefined, pollFailed: () => undefined },
      findLine,
      render,
      sink: {
        appendAll: async (updates) => {
          const outcomes = await this.writer.appendAll(updates)
          for (const event of updates.flatMap(({ events }) => events)) polled(event.payload)
          return outcomes
        },
      },
      introduce: async (events) => events,
      sendsEnded: async () => undefined,
      learnIdentity: async () => undefined,
      stopwatch: () => clock.now(),
    })
    this.transfers = new Transfers(parts.openPool(POOL_SIZES.transfers), clock, log)
  }

  /** `portals` of the lines; all rows of earlier worlds go. */
  fill(portals: ReadonlyMap<number, string>): void {
    this.database.reset(portals)
    for (const [lineId, portalId] of portals) this.#portals.set(lineId, portalId)
  }

  async boot(): Promise<void> {
    const isUp = this.#heartbeat.start()
    void isUp.then(() => {
      this.#dispatcher.start()
      this.#sender.start()
      this.#poller.start()
    })
    await this.goOn(100)
  }

  async goOn(ms: number): Promise<void> {
    const until = this.time.now + ms
    while (this.time.now < until && (await this.time.step())) {
      if (this.#failure) throw this.#failure
    }
  }

  committed(): void {
    // Nobody watches the rows here.
  }

  crash(): void {
    throw new Error('nothing crashes here')
  }

  #activate(id: number, connector: Connector): ActiveLine {
    const record = { id, connector: 'sim', epoch: 0, portalId: this.#portals.get(id) }
    return { record, line: { id }, connector } as unknown as ActiveLine
  }

  #createLog(): Log {
    const quiet = (): void => undefined
    const error = (fields: object): void => {
      this.#failure ??= (fields as { err?: unknown }).err ?? new Error(JSON.stringify(fields))
    }
    // What is logged as somebody else's failure may be a fault of this model.
    const warn = (fields: object): void => {
      if ((fields as { err?: unknown }).err instanceof TypeError) error(fields)
    }
    return { debug: quiet, info: quiet, warn, error }
  }
}
