import knex, { type Knex } from 'knex'
import { StoreUnavailableError } from '../../core/errors.ts'
import { classifyFault } from './faults.ts'
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
}

export interface StoreOptions {
  /** Called when a transaction may have been committed although its caller gets an error. */
  readonly onUncertainCommit?: () => void
}

/** Knex reports on the console by itself; every failure it would name reaches the caller as an error anyway. */
const ignore = (): void => undefined
const SILENT = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore }

const MAX_CONFLICT_RETRIES = 10
const MAX_LOST_RETRIES = 2
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
  readonly #onUncertainCommit: () => void

  constructor(config: DatabaseConfig, { onUncertainCommit = ignore }: StoreOptions = {}) {
    this.#onUncertainCommit = onUncertainCommit
    this.dialect = config.kind
    const isFile = config.kind === 'sqlite' && config.file !== ':memory:'
    this.files = isFile ? guardStoreFiles(config.file) : undefined
    this.knex =
      config.kind === 'sqlite' ? openSqlite(config.file) : openMysql(config, this.patience)
  }

  /** A single statement, in a transaction of its own. */
  async run(sql: string, bindings: readonly unknown[] = []): Promise<StatementResult> {
    return await this.guarded(() => run(this.knex, sql, bindings), false)
  }

  async rows<Row>(sql: string, bindings: readonly unknown[] = []): Promise<Row[]> {
    return await this.guarded(() => rows<Row>(this.knex, this.dialect, sql, bindings), true)
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
        return { result: await transaction.run(work) }
      } catch (error) {
        return { error, isAtCommit: transaction.isAtCommit }
      }
    }, options)
  }

  private async repeat<T>(
    attemptOnce: () => Promise<AttemptEnd<T>>,
    options: TransactionOptions,
  ): Promise<T> {
    const retries = new Retries()
    for (;;) {
      const attempt = await attemptOnce()
      if ('result' in attempt) return attempt.result
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
    try {
      const result = await this.knex.transaction(async (trx) => {
        const value = await work(this.bind(trx))
        isAtCommit = true
        return value
      })
      return { result }
    } catch (error) {
      return { error, isAtCommit }
    }
  }

  private bind(trx: Knex.Transaction): Transaction {
    return {
      knex: trx,
      dialect: this.dialect,
      run: (sql, bindings = []) => run(trx, sql, bindings),
      rows: (sql, bindings = []) => rows(trx, this.dialect, sql, bindings),
      batch: async (statements) => {
        const outcomes: StatementOutcome[] = []
        for (const { sql, bindings } of statements) {
          outcomes.push(await runAny(trx, this.dialect, sql, bindings))
        }
        return outcomes
      },
    }
  }

  private async guarded<T>(work: () => Promise<T>, isRepeatable: boolean): Promise<T> {
    const retries = new Retries()
    for (;;) {
      try {
        return await work()
      } catch (error) {
        await retries.after(error, isRepeatable)
      }
    }
  }
}

type AttemptEnd<T> =
  | { readonly result: T }
  | { readonly error: unknown; readonly isAtCommit: boolean }

/** Decides after each failure whether to go on: returns when it is time for the next try, else throws. */
class Retries {
  #conflicts = 0
  #losses = 0

  async after(error: unknown, mayRepeatAfterLoss: boolean): Promise<void> {
    const kind = classifyFault(error)
    if (kind === 'fatal') throw error
    if (kind === 'conflict') {
      if (++this.#conflicts > MAX_CONFLICT_RETRIES) throw unavailable(error)
      await pause(this.#conflicts)
    } else if (!mayRepeatAfterLoss || ++this.#losses > MAX_LOST_RETRIES) {
      throw unavailable(error)
    }
  }
}

function unavailable(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError('the store is not reachable', { cause })
}

/** Losers of a conflict come back at different moments; milliseconds are enough, for transactions are short. */
function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * 4 * attempt))
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
  if (/^\s*select/i.test(sql)) return { rows: await rows(db, dialect, sql, bindings), changes: 0 }
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

function openMysql(config: Extract<DatabaseConfig, { kind: 'mysql' }>, patience: Patience): Knex {
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
        prepareConnection(connection, patience).then(
          () => done(undefined, connection),
          (error: unknown) => done(error, connection),
        )
      },
    },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
  })
}
