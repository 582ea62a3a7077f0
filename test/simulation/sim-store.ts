import { StoreUnavailableError } from '../../src/core/errors.ts'
import { classifyFault, type FaultKind } from '../../src/db/engine/faults.ts'
import { StoreLocks } from '../../src/db/engine/locks.ts'
import type {
  Finish,
  Statement,
  StatementOutcome,
  StatementRunner,
} from '../../src/db/engine/short-transaction.ts'
import type {
  StatementResult,
  Store,
  Transaction,
  TransactionOptions,
} from '../../src/db/engine/store.ts'
import { type Mutation, mutate, mutateCommit } from './mutations.ts'
import type { Random } from './random.ts'
import type { Owner, SimTime } from './sim-clock.ts'
import type { Change, SimDatabase, Outcome as SimOutcome } from './sim-database.ts'

/**
 * What may happen to one call: `lost`: the connection breaks before anything is committed; `unheard`: committed, but the
 * answer is lost; `late`: the answer is lost and the server commits only a while later; `crash`/`crash-after`: the calling
 * process dies before or after the commit.
 */
export type Fate = 'ok' | 'conflict' | 'lost' | 'unheard' | 'late' | 'crash' | 'crash-after'

/** The network between the processes and the store, and the store's moods. */
export interface StoreWeather {
  fate(): Fate
  /** One way, in ms. */
  latency(): number
  /** How long a request of this process is held up on its way. */
  stall(owner: Owner): number
  /** The store can't be reached by this process. */
  isAway(owner: Owner): boolean
}

export interface StoreWorld {
  readonly time: SimTime
  readonly random: Random
  readonly database: SimDatabase
  readonly weather: StoreWeather
  readonly mutation: Mutation
  /** Until then a transaction whose client is gone holds its locks: writers wait, readers don't. */
  writeLockedUntil: number
  crash(owner: Owner): void
  /** Under which a process holds its lines. */
  tokenOf?(owner: Owner): string
  committed(changes: readonly Change[], owner: Owner, note: string): void
}

type CallEnd<T> =
  | { readonly result: T }
  | { readonly kind: FaultKind; readonly error: Error; readonly isAtCommit: boolean }

interface Call<T> {
  readonly isWrite: boolean
  readonly work: () => Promise<T>
  /** The process must still be there when it arrives: a transaction takes several round trips. */
  readonly isConversation: boolean
}

/** Made once: the stack of each would cost more than the call. */
const CONNECTION_LOST = new Error('connection lost')
const DEADLOCK = new Error('deadlock')
const MAX_CONFLICT_RETRIES = 10
const MAX_LOST_RETRIES = 2
const LATE_COMMIT_MS = 1500

/**
 * Stands in for `Store`: the same statements on the shared database, but each call travels through the simulated network
 * and meets its fate there. Repeats what the real one repeats.
 */
export class SimStore {
  readonly dialect = 'sqlite'
  readonly locks = new StoreLocks()
  readonly sessionName = 'ses_simulated'
  readonly #world: StoreWorld
  readonly #owner: Owner
  readonly #onUncertainCommit: () => void
  #isAppending = false

  constructor(world: StoreWorld, owner: Owner, onUncertainCommit: () => void = () => undefined) {
    this.#world = world
    this.#owner = owner
    this.#onUncertainCommit = onUncertainCommit
  }

  /** For the code under test, which names the class. */
  get asStore(): Store {
    return this as unknown as Store
  }

  async run(sql: string, bindings: readonly unknown[] = []): Promise<StatementResult> {
    const work = async (): Promise<StatementResult> => this.#write(sql, bindings)
    const isWrite = true
    // No `onUncertainCommit` and no repetition after a loss: as the real one, which can't tell.
    return await this.#repeat({ isWrite, work, isConversation: false }, false, false)
  }

  async rows<Row>(sql: string, bindings: readonly unknown[] = []): Promise<Row[]> {
    const work = async (): Promise<Row[]> => [...this.#execute(sql, bindings).rows] as Row[]
    return await this.#repeat({ isWrite: false, work, isConversation: false }, true, false)
  }

  async transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    { isRepeatable = false }: TransactionOptions = {},
  ): Promise<T> {
    const call = { isWrite: true, work: () => work(this.#bind()), isConversation: true }
    return await this.#repeat(call, isRepeatable, true)
  }

  async shortTransaction<T>(
    work: (runner: StatementRunner) => Promise<Finish<T>>,
    { isRepeatable = false }: TransactionOptions = {},
  ): Promise<T> {
    let rest: readonly Statement[] = []
    const whole = async (): Promise<T> => {
      const runner = this.#bind()
      const { statements, value } = await work(runner)
      const { now, later } = mutateCommit(this.#world.mutation, statements)
      rest = later
      await runner.batch(now)
      return value
    }
    const call = { isWrite: true, work: whole, isConversation: true }
    const value = await this.#repeat(call, isRepeatable, true)
    if (rest.length === 0) return value
    const after = async (): Promise<unknown> => await this.#bind().batch(rest)
    await this.#repeat({ isWrite: true, work: after, isConversation: true }, false, true)
    return value
  }

  async letOthersIn(): Promise<void> {
    await this.#pause(this.#world.random.between(0, 0.5))
  }

  async #repeat<T>(call: Call<T>, isRepeatable: boolean, isTransaction: boolean): Promise<T> {
    const tries = { conflicts: 0, losses: 0 }
    for (;;) {
      const end = await this.#attempt(call)
      if ('result' in end) return end.result
      if (end.kind === 'fatal') throw end.error
      const isUncertain = isTransaction && end.isAtCommit
      if (isUncertain) this.#onUncertainCommit()
      const mayRepeat = isRepeatable || (isTransaction && !isUncertain)
      if (!isAnotherTry(end.kind, tries, mayRepeat)) throw unavailable(end.error)
      if (end.kind === 'conflict') {
        await this.#pause(this.#world.random.next() * 4 * tries.conflicts)
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.time.schedule(ms, resolve, this.#owner)
    })
  }

  /** One way to the store and back. Never resolves when the process has died. */
  #attempt<T>(call: Call<T>): Promise<CallEnd<T>> {
    const { time, weather, random } = this.#world
    const fate = weather.fate()
    // Whether a single statement of a process that dies on the way has left the machine already.
    const isSent = !call.isConversation && random.chance(0.5)
    return new Promise((resolve) => {
      const reply = (end: CallEnd<T>): void => {
        time.schedule(weather.latency(), () => resolve(end), this.#owner)
      }
      const arrive = (): void => {
        if (this.#owner.isDead && !isSent) return
        const wait = call.isWrite ? this.#world.writeLockedUntil - time.now : 0
        if (wait > 0) time.schedule(wait + 0.01, arrive)
        else void this.#arrive(call, fate, reply)
      }
      time.schedule(weather.latency() + weather.stall(this.#owner), arrive)
    })
  }

  async #arrive<T>(call: Call<T>, fate: Fate, reply: (end: CallEnd<T>) => void): Promise<void> {
    const world = this.#world
    if (world.weather.isAway(this.#owner) || fate === 'lost') return reply(lost(false))
    if (fate === 'conflict' && call.isWrite) return reply(conflict())
    if (fate === 'crash') return world.crash(this.#owner)
    if (fate === 'late' && call.isWrite) {
      const delay = world.random.between(1, LATE_COMMIT_MS)
      world.writeLockedUntil = world.time.now + delay
      world.time.schedule(delay, () => void this.#commit(call, 'committed late'))
      return reply(lost(true))
    }
    if (world.mutation === 'early-answer' && call.isConversation) {
      return await this.#answerEarly(call, reply)
    }
    const end = await this.#commit(call, fate === 'ok' ? '' : fate)
    if (fate === 'crash-after') world.crash(this.#owner)
    else reply(fate === 'unheard' ? lost(true) : end)
  }

  /** The fault `early-answer`: an append is answered first and committed later. */
  async #answerEarly<T>(call: Call<T>, reply: (end: CallEnd<T>) => void): Promise<void> {
    const { database, time, random } = this.#world
    this.#isAppending = false
    const early = await database.transact(call.work, () => !this.#isAppending)
    this.#world.committed(early.changes, this.#owner, '')
    reply({ result: early.result })
    if (!this.#isAppending) return
    time.schedule(random.between(1, 50), () => {
      if (!this.#owner.isDead) void this.#commit(call, 'committed after the answer')
    })
  }

  async #commit<T>({ isWrite, work }: Call<T>, note: string): Promise<CallEnd<T>> {
    try {
      if (!isWrite) return { result: await work() }
      const { result, changes } = await this.#world.database.transact(work)
      this.#world.committed(changes, this.#owner, note)
      return { result }
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error))
      return { kind: classifyFault(error), error: cause, isAtCommit: false }
    }
  }

  #bind(): Transaction {
    const run = async (sql: string, bindings: readonly unknown[] = []): Promise<StatementResult> =>
      this.#write(sql, bindings)
    return {
      get knex(): never {
        throw new Error('the inbox does without the builder')
      },
      dialect: this.dialect,
      run,
      rows: async <Row>(sql: string, bindings: readonly unknown[] = []) =>
        [...this.#execute(sql, bindings).rows] as Row[],
      batch: async (statements: readonly Statement[]): Promise<StatementOutcome[]> =>
        statements.map(({ sql, bindings }) => this.#asHolder(sql, this.#execute(sql, bindings))),
    }
  }

  #write(sql: string, bindings: readonly unknown[]): StatementResult {
    const { changes, insertId = 0 } = this.#execute(sql, bindings)
    return { changes, insertId }
  }

  /** The fault `comm-unfenced`: everybody finds that he holds the line. */
  #asHolder(sql: string, outcome: SimOutcome): SimOutcome {
    const isCheck = sql.startsWith('SELECT line_id, owner, turn FROM comm_line')
    if (this.#world.mutation !== 'comm-unfenced' || !isCheck) return outcome
    const owner = this.#world.tokenOf?.(this.#owner)
    return { ...outcome, rows: outcome.rows.map((row) => ({ ...(row as object), owner })) }
  }

  #execute(sql: string, bindings: readonly unknown[]): SimOutcome {
    if (sql.startsWith('INSERT INTO inbox_event')) this.#isAppending = true
    const statement = mutate(this.#world.mutation, { sql, bindings })
    return this.#world.database.execute(statement.sql, statement.bindings)
  }
}

function isAnotherTry(
  kind: FaultKind,
  tries: { conflicts: number; losses: number },
  mayRepeatAfterLoss: boolean,
): boolean {
  if (kind === 'conflict') return ++tries.conflicts <= MAX_CONFLICT_RETRIES
  return mayRepeatAfterLoss && ++tries.losses <= MAX_LOST_RETRIES
}

function lost<T>(isAtCommit: boolean): CallEnd<T> {
  return { kind: 'unavailable', error: CONNECTION_LOST, isAtCommit }
}

function conflict<T>(): CallEnd<T> {
  return { kind: 'conflict', error: DEADLOCK, isAtCommit: false }
}

function unavailable(cause: Error): StoreUnavailableError {
  return new StoreUnavailableError('the store is not reachable', { cause })
}
