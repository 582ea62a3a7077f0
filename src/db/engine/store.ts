import knex, { type Knex } from 'knex'
import { StoreLockedError, StoreUnavailableError } from '../../core/errors.ts'
import { randomId } from '../../core/ids.ts'
import type { StoreMeter } from '../../core/meters.ts'
import { classifyFault } from './faults.ts'
import { StoreLocks } from './locks.ts'
import { type MysqlConnection, type Patience, prepareConnection } from './mysql-connection.ts'
import {
  type Finish,
  ShortTransaction,
  type StatementOutcome,
  type StatementRunner,
} from './short-transaction.ts'
import { NodeSqliteClient } from './sqlite-client.ts'
import { type GuardedFiles, guardStoreFiles } from './store-files.ts'

/** Where the store is; a part of the configuration. */
export type DatabaseConfig =
  | { readonly kind: 'sqlite'; readonly file: string }
  | {
      readonly kind: 'mysql'
      readonly host: string
      readonly port: number
      readonly user: string
      readonly password: string
      readonly database: string
      readonly socketPath?: string
    }

export interface Transaction extends StatementRunner {
  /** Runs a statement with `?` placeholders. */
  run(sql: string, bindings?: readonly unknown[]): Promise<StatementResult>
  /** The same for statements that give rows. */
  rows<Row>(sql: string, bindings?: readonly unknown[]): Promise<Row[]>
  /** Knex's builder in this transaction, for statements that aren't on the hot path. */
  readonly knex: Knex
}

export interface StatementResult {
  readonly changes: number
  readonly insertId: number
}

export interface TransactionOptions {
  /** Running it twice does no harm, so it may be repeated although its first commit may have worked. */
  readonly isRepeatable?: boolean
  /**
   * Throws StoreLockedError as soon as it meets a lock instead of waiting for it: the caller tries the parts of it alone. Not on
   * SQLite, where the whole store is locked and there is nothing to take apart.
   */
  readonly failsWhenLocked?: boolean
}

export interface StoreOptions {
  /** Called when a transaction may have been committed although its caller gets an error. */
  readonly onUncertainCommit?: () => void
  readonly meter?: StoreMeter
}

/** Knex reports on the console by itself; every failure it would name reaches the caller as an error anyway. */
const ignore = (): void => undefined
const SILENT = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore }

const MAX_CONFLICT_RETRIES = 10
const MAX_LOST_RETRIES = 2
/**
 * How long something waits for others' locks before it is refused with StoreUnavailableError, give or take the server's own
 * second: whoever asks has a request open, and messengers come again. On SQLite a request may wait for the commit before its own
 * first, and so twice as long.
 */
const LOCK_PATIENCE_MS = 2000
/** Between two tries. SQLite's failed ones cost microseconds: it isn't asked to wait, see NodeSqliteClient. */
const LOCK_PAUSE_MS = 25
const POOL_SIZE = 16
const STATEMENT_LIMIT_MS = 20_000
const ACQUIRE_TIMEOUT_MS = 4000
const CONNECT_TIMEOUT_MS = 3000

/** One of the two stores, behind the same statements. Every failure to reach it is a StoreUnavailableError. */
export class Store implements Omit<Transaction, 'batch'> {
  readonly knex: Knex
  readonly dialect: 'sqlite' | 'mysql'
  /** Migrations take their time; everything else that is silent for so long is lost. */
  readonly patience: Patience = { limitMs: STATEMENT_LIMIT_MS }
  /** Of SQLite's files: for the log. */
  readonly files: GuardedFiles | undefined
  readonly locks = new StoreLocks()
  /** Of this store's connections, see `endSessions`. */
  readonly sessionName = randomId('ses_')
  readonly #onUncertainCommit: () => void
  private readonly meter: StoreMeter | undefined

  constructor(config: DatabaseConfig, { onUncertainCommit = ignore, meter }: StoreOptions = {}) {
    this.#onUncertainCommit = onUncertainCommit
    this.meter = meter
    this.dialect = config.kind
    const isFile = config.kind === 'sqlite' && config.file !== ':memory:'
    this.files = isFile ? guardStoreFiles(config.file) : undefined
    this.knex =
      config.kind === 'sqlite'
        ? openSqlite(config.file)
        : openMysql(config, this.patience, this.sessionName)
  }

  /** A single statement, in a transaction of its own. */
  async run(
    sql: string,
    bindings: readonly unknown[] = [],
    options: Pick<TransactionOptions, 'failsWhenLocked'> = {},
  ): Promise<StatementResult> {
    const startedAt = performance.now()
    const result = await this.guarded(() => run(this.knex, sql, bindings), options)
    this.meter?.storeCommitted(performance.now() - startedAt, result.changes)
    return result
  }

  async rows<Row>(sql: string, bindings: readonly unknown[] = []): Promise<Row[]> {
    return await this.guarded(() => rows<Row>(this.knex, this.dialect, sql, bindings), {
      isRepeatable: true,
    })
  }

  /**
   * Runs `work` in a transaction and repeats all of it when it loses against another one. A lost connection repeats it
   * only if nothing can have been committed, or if it `isRepeatable`.
   */
  async transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return await this.repeat(() => this.attempt(work), options)
  }

  /** The same in two round trips, see ShortTransaction. */
  async shortTransaction<T>(
    work: (runner: StatementRunner) => Promise<Finish<T>>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return await this.repeat(async () => {
      const transaction = new ShortTransaction(this.knex, this.dialect)
      try {
        return { result: await transaction.run(work), changes: transaction.changes }
      } catch (error) {
        return { error, isAtCommit: transaction.isAtCommit }
      }
    }, options)
  }

  private async repeat<T>(
    attemptOnce: () => Promise<AttemptEnd<T>>,
    options: TransactionOptions,
  ): Promise<T> {
    const retries = new Retries(this.dialect, options, this.meter)
    const startedAt = performance.now()
    for (;;) {
      const attempt = await this.within(retries, attemptOnce)
      if ('result' in attempt) {
        this.meter?.storeCommitted(performance.now() - startedAt, attempt.changes)
        return attempt.result
      }
      const isLost = classifyFault(attempt.error) === 'unavailable'
      if (isLost && attempt.isAtCommit) this.#onUncertainCommit()
      await retries.after(attempt.error, !attempt.isAtCommit || options.isRepeatable === true)
    }
  }

  /**
   * A pause for group commits. MySQL's answers come over a socket, so requests are read while a flush is under way.
   * SQLite runs in this thread: without a turn of the event loop between flushes no request is ever read meanwhile, and
   * each would be committed alone (1 500 updates/s instead of 7 500).
   */
  async letOthersIn(): Promise<void> {
    if (this.dialect === 'sqlite') await new Promise((resolve) => setImmediate(resolve))
  }

  /** Resolves if the store answers. Throws StoreUnavailableError. */
  async ping(): Promise<void> {
    await this.rows('SELECT 1')
  }

  async close(): Promise<void> {
    await this.knex.destroy()
  }

  private async attempt<T>(work: (transaction: Transaction) => Promise<T>): Promise<AttemptEnd<T>> {
    let isAtCommit = false
    const sum = { changes: 0 }
    try {
      const result = await this.knex.transaction(async (trx) => {
        const value = await work(this.bind(trx, sum))
        isAtCommit = true
        return value
      })
      return { result, ...sum }
    } catch (error) {
      return { error, isAtCommit }
    }
  }

  private bind(trx: Knex.Transaction, sum: { changes: number }): Transaction {
    return {
      knex: trx,
      dialect: this.dialect,
      run: async (sql, bindings = []) => {
        const result = await run(trx, sql, bindings)
        sum.changes += result.changes
        return result
      },
      rows: (sql, bindings = []) => rows(trx, this.dialect, sql, bindings),
      batch: async (statements) => {
        const outcomes: StatementOutcome[] = []
        for (const { sql, bindings } of statements) {
          const outcome = await runAny(trx, this.dialect, sql, bindings)
          sum.changes += outcome.changes
          outcomes.push(outcome)
        }
        return outcomes
      },
    }
  }

  private async guarded<T>(work: () => Promise<T>, options: TransactionOptions): Promise<T> {
    const retries = new Retries(this.dialect, options, this.meter)
    for (;;) {
      try {
        return await this.within(retries, work)
      } catch (error) {
        await retries.after(error, options.isRepeatable === true)
      }
    }
  }

  /** What has met a lock will wait for it again, with a connection in its hands. */
  private within<T>(retries: Retries, work: () => Promise<T>): Promise<T> {
    return retries.hasMetLock ? this.locks.hold(work) : work()
  }
}

type AttemptEnd<T> =
  | { readonly result: T; readonly changes: number }
  | { readonly error: unknown; readonly isAtCommit: boolean }

/** Decides after each failure whether to go on: returns when it is time for the next try, else throws. */
class Retries {
  readonly #hasRowLocks: boolean
  readonly #failsWhenLocked: boolean
  readonly #startedAt = performance.now()
  private readonly meter: StoreMeter | undefined
  #conflicts = 0
  #losses = 0
  hasMetLock = false

  constructor(
    dialect: Store['dialect'],
    { failsWhenLocked = false }: TransactionOptions,
    meter: StoreMeter | undefined,
  ) {
    this.meter = meter
    this.#hasRowLocks = dialect === 'mysql'
    this.#failsWhenLocked = failsWhenLocked && this.#hasRowLocks
  }

  async after(error: unknown, mayRepeatAfterLoss: boolean): Promise<void> {
    const kind = classifyFault(error)
    if (kind === 'fatal') throw error
    try {
      if (kind === 'locked') await this.#afterLock(error)
      else if (kind === 'conflict') {
        if (++this.#conflicts > MAX_CONFLICT_RETRIES) throw unavailable(error)
        await pause(Math.random() * 4 * this.#conflicts)
      } else if (!mayRepeatAfterLoss || ++this.#losses > MAX_LOST_RETRIES) {
        throw unavailable(error)
      }
    } catch (refusal) {
      this.meter?.storeFailed()
      throw refusal
    }
    this.meter?.storeRetried(kind === 'unavailable' ? 'lost' : kind)
  }

  async #afterLock(cause: unknown): Promise<void> {
    const isOver = performance.now() - this.#startedAt >= LOCK_PATIENCE_MS
    if (this.#failsWhenLocked || isOver) {
      // SQLite's lock is on the whole store: nobody is to look for the part of it that isn't locked.
      if (!this.#hasRowLocks) throw unavailable(cause)
      throw new StoreLockedError('rows of the store are locked by somebody else', { cause })
    }
    this.hasMetLock = true
    await pause(LOCK_PAUSE_MS * (0.5 + Math.random()))
  }
}

function unavailable(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError('the store is not reachable', { cause })
}

/** Losers of a conflict come back at different moments; milliseconds are enough, for transactions are short. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function run(db: Knex, sql: string, bindings: readonly unknown[]): Promise<StatementResult> {
  const raw: unknown = await db.raw(sql, bindings as Knex.RawBinding[])
  const result = (Array.isArray(raw) ? raw[0] : raw) as Record<string, number | bigint | undefined>
  return {
    changes: Number(result['affectedRows'] ?? result['changes'] ?? 0),
    insertId: Number(result['insertId'] ?? result['lastInsertRowid'] ?? 0),
  }
}

async function runAny(
  db: Knex,
  dialect: Store['dialect'],
  sql: string,
  bindings: readonly unknown[],
): Promise<StatementOutcome> {
  if (/^(\s|\/\*.*?\*\/)*select/i.test(sql)) {
    return { rows: await rows(db, dialect, sql, bindings), changes: 0 }
  }
  return { rows: [], changes: (await run(db, sql, bindings)).changes }
}

async function rows<Row>(
  db: Knex,
  dialect: Store['dialect'],
  sql: string,
  bindings: readonly unknown[],
): Promise<Row[]> {
  const raw: unknown = await db.raw(sql, bindings as Knex.RawBinding[])
  return (dialect === 'mysql' ? (raw as unknown[])[0] : raw) as Row[]
}

/** One connection: SQLite has one writer, and knex's pool then queues transactions one after another. */
function openSqlite(file: string): Knex {
  return knex({
    client: NodeSqliteClient as unknown as typeof Knex.Client,
    connection: { filename: file },
    useNullAsDefault: true,
    log: SILENT,
    pool: { min: 1, max: 1 },
  })
}

function openMysql(
  config: Extract<DatabaseConfig, { kind: 'mysql' }>,
  patience: Patience,
  sessionName: string,
): Knex {
  return knex({
    client: 'mysql2',
    log: SILENT,
    connection: {
      ...(config.socketPath
        ? { socketPath: config.socketPath }
        : { host: config.host, port: config.port }),
      user: config.user,
      password: config.password,
      database: config.database,
      charset: 'utf8mb4',
      connectTimeout: CONNECT_TIMEOUT_MS,
      supportBigNumbers: true,
      // For ShortTransaction. Every value is a placeholder's, so no text of anybody's can become a statement.
      multipleStatements: true,
    },
    pool: {
      min: 0,
      max: POOL_SIZE,
      afterCreate(connection: MysqlConnection, done: (error: unknown, c: unknown) => void) {
        prepareConnection(connection, patience, sessionName).then(
          () => done(undefined, connection),
          (error: unknown) => done(error, connection),
        )
      },
    },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
  })
}
