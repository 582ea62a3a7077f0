import type { MessageStatusEvent } from '../../src/core/event.ts'
import { outId } from '../../src/core/ids.ts'
import type { Log } from '../../src/core/log.ts'
import { SharedPool } from '../../src/core/shared-pool.ts'
import { controlEntry } from '../../src/core/stored-event.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { pauseOutbox } from '../../src/db/outbox/pause.ts'
import { Heartbeat } from '../../src/lease/heartbeat.ts'
import type { ActiveLine } from '../../src/lines/directory.ts'
import { OutboxSender } from '../../src/outbox/sender.ts'
import { Violation } from './invariants.ts'
import type { Mutation } from './mutations.ts'
import { openWriter } from './open-writer.ts'
import { OutboxBooks } from './outbox-books.ts'
import {
  type ChannelCall,
  type ChannelFate,
  type ChannelWorld,
  createChannel,
} from './outbox-channel.ts'
import type { Random } from './random.ts'
import { type Owner, SimClock, SimTime } from './sim-clock.ts'
import type { Change, SimDatabase } from './sim-database.ts'
import { type Fate, SimStore, type StoreWeather, type StoreWorld } from './sim-store.ts'
import { StatusTeller } from './status-teller.ts'
import { Trace } from './trace.ts'

const FORMAT = { text: 'plain', emoji: 'unicode' }
const MAX_STEPS = 200_000
const LOOK_EVERY = 16
/** After everything is healed: longer than any retry or lease. */
const STUCK_MS = 400_000
const STOP_GRACE_MS = 7000
const MAX_SENDS = 256
const MAX_HELD = 1000
/** So few that lines wait for each other's sends, and in the store. */
const MAX_SENDS_CROWDED = 12
const MAX_HELD_CROWDED = 8

const FATES: Readonly<Partial<Record<Fate, number>>> = {
  ok: 100,
  conflict: 3,
  lost: 2,
  unheard: 2,
  late: 1,
  crash: 0.4,
  'crash-after': 0.4,
}
const CHANNEL_FATES: Readonly<Partial<Record<ChannelFate, number>>> = {
  taken: 60,
  busy: 8,
  refused: 4,
  'taken-unheard': 4,
  'lost-unheard': 4,
  credentials: 1,
}

/** One process of the hub as far as sending goes. */
class SendingProcess implements Owner {
  readonly name: string
  readonly clock: SimClock
  readonly store: SimStore
  readonly heartbeat: Heartbeat
  readonly writer: ReturnType<typeof openWriter>
  readonly sender: OutboxSender
  isDead = false
  isStopping = false
  frozenUntil = 0
  cutOffUntil = 0

  constructor(world: OutboxWorld, name: string, offsetMs: number) {
    this.name = name
    this.clock = new SimClock(world.time, this, offsetMs)
    this.store = new SimStore(world, this)
    const { asStore: store } = this.store
    const { clock } = this
    const log = this.#createLog(world)
    this.heartbeat = new Heartbeat(new ProcessRepository(store), clock, log, 'outbox')
    const connector = createChannel(world, this, () => this.heartbeat.token)
    this.sender = new OutboxSender({
      store,
      clock,
      log,
      lease: this.heartbeat,
      sends: new SharedPool({
        name: 'sends',
        capacity: world.isCrowded ? MAX_SENDS_CROWDED : MAX_SENDS,
      }),
      heldLines: new SharedPool({
        name: 'outbox-lines',
        capacity: world.isCrowded ? MAX_HELD_CROWDED : MAX_HELD,
      }),
      findLine: async (id) =>
        ({
          record: { id, connector: 'sim', portalId: 'prt_1' },
          line: { id },
          connector,
        }) as unknown as ActiveLine,
      render: (event: MessageStatusEvent) => ({ type: event.type, payload: JSON.stringify(event) }),
      wakeInbox: () => undefined,
      pause: async ({ record }, reason) => {
        const notice = controlEntry('credentials_refused', reason)
        await pauseOutbox(store, { lineId: record.id, reason, notice }, clock.now())
      },
    })
    this.writer = openWriter(store, clock, this.sender)
  }

  async boot(): Promise<void> {
    for (;;) {
      try {
        await this.heartbeat.start()
        this.sender.start()
        return
      } catch {
        await new Promise<void>((resolve) => {
          this.clock.after(1000, resolve)
        })
      }
    }
  }

  async stop(): Promise<void> {
    this.isStopping = true
    for (const end of [() => this.sender.stop(STOP_GRACE_MS), () => this.heartbeat.stop()]) {
      await end().catch(() => undefined)
    }
  }

  #createLog(world: OutboxWorld): Log {
    const say = (fields: object): void => {
      const { event, lineId } = fields as { event?: string; lineId?: number }
      world.trace.add(`${this.name} ${event}${lineId === undefined ? '' : ` line ${lineId}`}`)
    }
    const error = (fields: object): void => {
      say(fields)
      const { err } = fields as { err?: unknown }
      world.break(`unexpected error: ${err instanceof Error ? err.stack : String(err)}`)
    }
    return { debug: say, info: say, warn: say, error }
  }
}

/** A seed's world of outgoing messages: processes that share a store, a channel with moods, and crashes at every await. */
export class OutboxWorld implements StoreWorld, ChannelWorld {
  readonly time = new SimTime()
  readonly random: Random
  readonly database: SimDatabase
  readonly mutation: Mutation
  readonly isCrowded: boolean
  readonly trace: Trace
  readonly books: OutboxBooks
  readonly weather: StoreWeather
  writeLockedUntil = 0
  violation: string | undefined
  readonly #processes: SendingProcess[] = []
  readonly #lines: ReadonlyMap<number, string>
  readonly #isFreezing: boolean
  #outageUntil = 0
  #isHealed = false
  #healedAt = 0
  #asking = 0
  readonly #teller: StatusTeller | undefined
  #shownIds = 0

  constructor(
    random: Random,
    parts: {
      readonly database: SimDatabase
      readonly mutation: Mutation
      readonly isCrowded?: boolean | undefined
      readonly print?: (line: string) => void
    },
  ) {
    this.random = random
    this.database = parts.database
    this.mutation = parts.mutation
    this.isCrowded = parts.isCrowded ?? false
    this.trace = new Trace(this.time, parts.print)
    this.#isFreezing = random.chance(0.2)
    this.#lines = new Map(Array.from({ length: random.int(1, 3) }, (_, n) => [n + 1, 'prt_1']))
    this.database.reset(this.#lines)
    this.books = new OutboxBooks(this.database, !this.#isFreezing)
    this.weather = this.#createWeather()
    this.#teller = random.chance(0.5) ? this.#createTeller() : undefined
  }

  async run(): Promise<void> {
    for (let count = this.random.int(1, 3); count > 0; count--) this.#start()
    const chaosMs = this.random.between(3000, 25_000)
    this.#plan(chaosMs)
    this.time.schedule(chaosMs, () => this.#heal())
    this.#tend()
    for (let steps = 0; steps < MAX_STEPS && this.violation === undefined; steps++) {
      if (!(await this.time.step())) break
      if (steps % LOOK_EVERY === 0 && this.#isOver()) break
    }
    if (this.violation === undefined) this.#guard(() => this.books.atEnd())
  }

  break(text: string): void {
    this.violation ??= text
    this.trace.add(`VIOLATION ${text}`)
  }

  channelFate(): ChannelFate {
    return this.#isHealed ? 'taken' : this.random.weighted(CHANNEL_FATES)
  }

  callBegins(call: ChannelCall): () => void {
    const { name } = call.sender as SendingProcess
    this.trace.add(`${name} sends ${call.out} part ${call.part} to chat ${call.chatId}`)
    return this.#guard(() => this.books.begins(call)) ?? (() => undefined)
  }

  shown(call: ChannelCall): string {
    const id = `${call.out}.${call.part}.${this.#shownIds++}`
    this.trace.add(`shown: ${id}`)
    this.#guard(() => this.books.shown(call))
    this.#teller?.follow(call, id)
    return id
  }

  unknown(out: string): void {
    this.books.excuse(out)
  }

  refused(out: string): void {
    this.books.refused(out)
  }

  crash(owner: Owner): void {
    const process = owner as SendingProcess
    if (process.isDead) return
    this.trace.add(`${process.name} dies`)
    process.isDead = true
    this.books.lost(process)
    this.time.schedule(this.random.between(0, 8000), () => this.#start())
  }

  committed(changes: readonly Change[], owner: Owner): void {
    const { name } = owner as SendingProcess
    for (const change of changes) {
      if (change.kind === 'event+') this.trace.add(`${name}: told ${change.payload.slice(0, 160)}`)
      if (change.kind !== 'ended') continue
      for (const process of this.#processes) {
        if (process.heartbeat.token === change.token) this.books.lost(process)
      }
    }
  }

  #guard<T>(check: () => T): T | undefined {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.break(error.message)
      return undefined
    }
  }

  #start(): void {
    const offset = Math.round(this.random.between(-400, 400))
    const process = new SendingProcess(this, `p${this.#processes.length + 1}`, offset)
    this.#processes.push(process)
    this.trace.add(`${process.name} starts`)
    void process.boot()
  }

  #anyServing(): SendingProcess | undefined {
    const serving = this.#processes.filter(({ isDead, isStopping }) => !isDead && !isStopping)
    return serving.length > 0 ? this.random.pick(serving) : undefined
  }

  #plan(chaosMs: number): void {
    const { random, time } = this
    for (let count = random.int(5, 40); count > 0; count--) {
      time.schedule(random.between(0, chaosMs), () => void this.#queue())
    }
    const acts = [
      () => this.#withAny((process) => this.crash(process)),
      () => this.#withAny((process) => this.#stop(process)),
      () =>
        this.#withAny((process) => {
          process.cutOffUntil = time.now + random.between(500, 12_000)
        }),
      () => {
        this.#outageUntil = time.now + random.between(500, 8000)
      },
      () =>
        this.#withAny((process) => {
          if (this.#isFreezing) process.frozenUntil = time.now + random.between(500, 12_000)
        }),
    ]
    for (let count = random.int(0, 5); count > 0; count--) {
      time.schedule(random.between(0, chaosMs), random.pick(acts))
    }
  }

  #withAny(act: (process: SendingProcess) => void): void {
    const process = this.#anyServing()
    if (process) act(process)
  }

  #stop(process: SendingProcess): void {
    this.trace.add(`${process.name} stops`)
    this.time.schedule(this.random.between(0, 3000), () => this.#start())
    void process.stop().then(() => {
      process.isDead = true
      this.books.lost(process)
      this.trace.add(`${process.name} has stopped`)
    })
  }

  async #queue(): Promise<void> {
    const { random } = this
    const process = this.#anyServing()
    if (!process) return
    const lineId = random.pick([...this.#lines.keys()])
    const chatId = `c${random.int(1, 3)}`
    const lane = random.chance(0.3) ? 'bulk' : 'dialogue'
    const parts = random.chance(0.3) ? random.int(2, 4) : 1
    const text = Array.from({ length: parts }, (_, part) => `t${part}`).join('|')
    const payload = JSON.stringify({ message: { text }, format: FORMAT })
    this.#asking += 1
    try {
      const message = { lineId, chatId, kind: 'send' as const, lane, payload } as const
      const queued = await process.writer.enqueue({ ...message, portalId: 'prt_1' })
      if (queued.kind !== 'queued') throw new Violation('a line took no message')
      const out = outId(lineId, queued.seq)
      this.trace.add(`${process.name} has queued ${out} (${lane}, ${parts} parts) for ${chatId}`)
      this.#guard(() => this.books.queued(out))
    } catch (error) {
      this.trace.add(`${process.name} could not queue: ${(error as Error).name}`)
    } finally {
      this.#asking -= 1
    }
  }

  /** Somebody renews the credentials of paused lines now and then, as a successful testConnect does. */
  #tend(): void {
    const { rows } = this.#execute('SELECT line_id FROM outbox_line WHERE paused_at IS NOT NULL')
    for (const { line_id: lineId } of rows as { line_id: number }[]) {
      this.trace.add(`line ${lineId} goes on`)
      this.database.execute(
        `UPDATE outbox_line SET paused_at = NULL, pause_reason = NULL,
         due_at = CASE WHEN owner IS NULL THEN ? ELSE due_at END WHERE line_id = ?`,
        [this.time.now, lineId],
      )
    }
    this.time.schedule(this.random.between(1000, 4000), () => this.#tend())
  }

  #execute(sql: string): { readonly rows: readonly unknown[] } {
    return this.database.execute(sql, [])
  }

  #heal(): void {
    this.#isHealed = true
    this.#healedAt = this.time.now
    this.trace.add('everything is healed')
    this.#outageUntil = 0
    for (const process of this.#processes) {
      process.frozenUntil = Math.min(process.frozenUntil, this.time.now)
      process.cutOffUntil = 0
    }
    if (!this.#anyServing()) this.#start()
  }

  #isOver(): boolean {
    if (!this.#isHealed) return false
    const isHeld = (): boolean =>
      this.database.execute('SELECT 1 FROM outbox_line WHERE owner IS NOT NULL LIMIT 1', []).rows
        .length > 0
    const isQuiet = this.#asking === 0 && !this.#teller?.isBusy
    if (isQuiet && this.books.isDone && !isHeld()) return true
    return this.time.now > this.#healedAt + STUCK_MS
  }

  #createTeller(): StatusTeller {
    return new StatusTeller({
      time: this.time,
      random: this.random,
      hub: () => this.#anyServing(),
      heard: (call, status) => {
        this.trace.add(`the hub has heard of ${call.out} part ${call.part}: ${status}`)
        this.#guard(() => this.books.heard(call, status))
      },
    })
  }

  #createWeather(): StoreWeather {
    return {
      fate: () => (this.#isHealed ? 'ok' : this.random.weighted(FATES)),
      latency: () => this.random.between(0.05, 1.5),
      stall: () => 0,
      isAway: (owner) =>
        this.time.now < Math.max(this.#outageUntil, (owner as SendingProcess).cutOffUntil),
    }
  }
}
