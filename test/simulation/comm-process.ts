import { RunWork } from '../../src/communications/broadcasts/run-work.ts'
import { CallOut } from '../../src/communications/engine/call-out.ts'
import { DialogWork } from '../../src/communications/engine/dialog-work.ts'
import { CommEngine } from '../../src/communications/engine/engine.ts'
import { EventWork } from '../../src/communications/engine/event-work.ts'
import { JobEnd } from '../../src/communications/engine/job-end.ts'
import { JobWork } from '../../src/communications/engine/job-work.ts'
import { TriggerBook } from '../../src/communications/engine/trigger-book.ts'
import { BroadcastOperations } from '../../src/communications/operations/broadcasts.ts'
import { JobOperations } from '../../src/communications/operations/jobs.ts'
import { ScriptOperations } from '../../src/communications/operations/scripts.ts'
import { TriggerOperations } from '../../src/communications/operations/triggers.ts'
import type { Sandbox } from '../../src/communications/sandbox/sandbox.ts'
import type { Log } from '../../src/core/log.ts'
import { SharedPool } from '../../src/core/shared-pool.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { SeenMemory } from '../../src/db/inbox/seen-memory.ts'
import { Heartbeat } from '../../src/lease/heartbeat.ts'
import type { ActiveLine } from '../../src/lines/directory.ts'
import type { OtherSystems } from './comm-http.ts'
import { createSimSandbox } from './comm-sandbox.ts'
import { type Owner, SimClock } from './sim-clock.ts'
import type { SimDatabase } from './sim-database.ts'
import { SimStore, type StoreWorld } from './sim-store.ts'
import type { Trace } from './trace.ts'

export interface CommProcessWorld extends StoreWorld {
  readonly trace: Trace
  readonly systems: OtherSystems
  /** The real one, for some worlds. */
  readonly sandbox: Sandbox | undefined
  readonly isCrowded: boolean
  break(text: string): void
}

export const FORMAT = { text: 'plain', emoji: 'unicode' } as const
export const IDLE_MS = 8000
const BOOT_RETRY_MS = 1000
const STOP_GRACE_MS = 3000
/** What stopping may take beyond its grace: the last commit, and letting the lines go. */
const STOP_PATIENCE_MS = 30_000
const MAX_HELD = 1000
const MAX_HELD_CROWDED = 1

const NO_TASKS = {
  statusCame: async () => undefined,
  personWrote: async () => undefined,
  dialogsClosed: async () => undefined,
  took: async () => undefined,
}

/** One process of the hub as far as the communications go, wired as in `src/communicating.ts`. */
export class CommProcess implements Owner {
  readonly name: string
  readonly clock: SimClock
  readonly store: SimStore
  readonly memory: SeenMemory
  readonly heartbeat: Heartbeat
  readonly engine: CommEngine
  readonly scripts: ScriptOperations
  readonly triggers: TriggerOperations
  readonly jobs: JobOperations
  readonly broadcasts: BroadcastOperations
  readonly #world: CommProcessWorld
  isDead = false
  isStopping = false
  frozenUntil = 0
  cutOffUntil = 0

  constructor(world: CommProcessWorld, name: string, offsetMs: number) {
    this.#world = world
    this.name = name
    this.clock = new SimClock(world.time, this, offsetMs)
    this.store = new SimStore(world, this, () => this.engine.reconcile())
    this.memory = new SeenMemory(nearStore(world.database), this.clock)
    const log = this.#createLog()
    const { asStore: store } = this.store
    const { clock } = this
    this.heartbeat = new Heartbeat(new ProcessRepository(store), clock, log, 'communications')
    const sandbox = world.sandbox ?? createSimSandbox(() => this.#pause())
    const wake = (lineId: number): void => this.engine.wake([lineId])
    const recipientBook = { flush: async (): Promise<void> => undefined }
    const deps = { store, clock, log, sandbox, recipientBook, wake }
    this.engine = this.#createEngine(log, sandbox)
    this.scripts = new ScriptOperations(deps)
    this.triggers = new TriggerOperations(deps, this.scripts)
    this.jobs = new JobOperations(deps)
    const answerWindowMs = (): undefined => undefined
    this.broadcasts = new BroadcastOperations({ ...deps, answerWindowMs }, this.scripts)
  }

  get isServing(): boolean {
    return !this.isDead && !this.isStopping
  }

  async boot(): Promise<void> {
    for (;;) {
      try {
        await this.heartbeat.start()
        this.engine.start()
        return
      } catch {
        await new Promise<void>((resolve) => {
          this.clock.after(BOOT_RETRY_MS, resolve)
        })
      }
    }
  }

  /** In good order. A line that goes on for ever would keep it from ending. */
  async stop(): Promise<void> {
    this.isStopping = true
    const late = this.#world.time.schedule(STOP_GRACE_MS + STOP_PATIENCE_MS, () => {
      if (!this.isDead) this.#world.break(`${this.name} doesn't stop`)
    })
    for (const end of [() => this.engine.stop(STOP_GRACE_MS), () => this.heartbeat.stop()]) {
      await end().catch(() => undefined)
    }
    late.cancel()
  }

  #createEngine(log: Log, sandbox: Sandbox): CommEngine {
    const { clock } = this
    const { asStore: store } = this.store
    const end = new JobEnd({ store, sandbox, takesTemplates: () => false })
    const callOut = new CallOut({
      log,
      httpFor: () => this.#world.systems.clientOf(this),
      now: () => clock.now(),
    })
    const triggers = new TriggerBook({ store, sandbox })
    const maxCalls = this.#world.isCrowded ? 1 : 20
    const works = [
      new EventWork({ store, sandbox, tasks: NO_TASKS }),
      new JobWork({ store, sandbox, callOut, end, triggers, maxCalls }),
      new RunWork({ store, sandbox, answerWindowMs: () => undefined }),
      new DialogWork({ store, sandbox, tasks: NO_TASKS }),
    ]
    const capacity = this.#world.isCrowded ? MAX_HELD_CROWDED : MAX_HELD
    return new CommEngine({
      ...{ store, clock, log, lease: this.heartbeat },
      heldLines: new SharedPool({ name: 'comm-lines', capacity }),
      findLine: (lineId) => this.#findLine(lineId),
      wakeOutbox: () => undefined,
      wakeInbox: () => undefined,
      parts: { dialect: 'sqlite', works },
    })
  }

  async #findLine(lineId: number): Promise<ActiveLine | undefined> {
    const [row] = await this.store.rows<{ portal_id: string; status: string; updated_at: number }>(
      'SELECT portal_id, status, updated_at FROM line WHERE id = ?',
      [lineId],
    )
    if (!row) return undefined
    const { portal_id: portalId, status, updated_at: updatedAt } = row
    const portal = { id: portalId, format: FORMAT, dialogIdleMs: IDLE_MS, timeZone: 'UTC' }
    const record = { id: lineId, connector: 'sim', portalId, status, updatedAt }
    return { record, line: { id: lineId }, portal } as unknown as ActiveLine
  }

  #pause(): Promise<void> {
    const { time, random } = this.#world
    return new Promise((resolve) => {
      time.schedule(random.between(0, 3), resolve, this)
    })
  }

  #createLog(): Log {
    const { trace } = this.#world
    const say = (fields: object): void => {
      const { event, lineId, err } = fields as { event?: string; lineId?: number; err?: unknown }
      const why = err instanceof Error ? ` (${err.message})` : ''
      trace.add(`${this.name} ${event}${lineId === undefined ? '' : ` line ${lineId}`}${why}`)
    }
    const error = (fields: object): void => {
      say(fields)
      const { err } = fields as { err?: unknown }
      this.#world.break(`unexpected error: ${err instanceof Error ? err.stack : String(err)}`)
    }
    return { debug: say, info: say, warn: say, error }
  }
}

/** Which slots there are is looked up without the network: it isn't what these worlds are about. */
function nearStore(database: SimDatabase): Store {
  const near = {
    dialect: 'sqlite',
    rows: async (sql: string, bindings: readonly unknown[] = []) =>
      database.execute(sql, bindings).rows,
    run: async (sql: string, bindings: readonly unknown[] = []) => database.execute(sql, bindings),
  }
  return near as unknown as Store
}
