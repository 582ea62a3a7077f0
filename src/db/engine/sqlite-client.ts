import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import Client_BetterSQLite3 from 'knex/lib/dialects/better-sqlite3/index.js'
import Transaction_Sqlite from 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js'
import { BoundedMap } from '../../core/bounded-map.ts'
import { explainFile } from './store-files.ts'

/** How long opening the file may wait for another process (the command line beside a running hub). */
const OPEN_BUSY_TIMEOUT_MS = 5000
const MAX_CACHED_STATEMENTS = 200

interface Connection {
  readonly database: DatabaseSync
  readonly statements: BoundedMap<string, StatementSync>
}

interface Query {
  sql: string
  bindings?: readonly unknown[]
  response?: unknown
  context?: unknown
}

/**
 * A transaction takes the write lock at its start: one that begins by reading and then can't upgrade would fail at once
 * with SQLITE_BUSY, whatever the busy timeout.
 */
class ImmediateTransaction extends Transaction_Sqlite {
  begin(connection: unknown): Promise<unknown> {
    return this.query(connection, 'BEGIN IMMEDIATE;')
  }
}

/** Knex over Node's own SQLite. */
export class NodeSqliteClient extends Client_BetterSQLite3 {
  _driver(): unknown {
    return DatabaseSync
  }

  transaction(...args: unknown[]): unknown {
    return new ImmediateTransaction(this, ...args)
  }

  async acquireRawConnection(): Promise<Connection> {
    const { filename } = this.connectionSettings
    try {
      const database = openDatabase(filename)
      return { database, statements: new BoundedMap(MAX_CACHED_STATEMENTS) }
    } catch (error) {
      throw explainFile(filename, error)
    }
  }

  async destroyRawConnection(connection: Connection): Promise<void> {
    connection.statements.clear()
    connection.database.close()
  }

  validateConnection(connection: Connection): boolean {
    return connection.database.isOpen
  }

  async _query(connection: Connection, query: Query): Promise<Query> {
    const statement = prepare(connection, query.sql)
    const bindings = (query.bindings ?? []).map(toSqlValue)
    if (statement.columns().length > 0) {
      query.response = statement.all(...bindings)
      return query
    }
    const result = statement.run(...bindings)
    query.response = result
    query.context = { lastID: result.lastInsertRowid, changes: result.changes }
    return query
  }
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  try {
    database.exec(`PRAGMA busy_timeout = ${OPEN_BUSY_TIMEOUT_MS}`)
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    // SQLite waits by stopping the whole process. Store does it instead, between tries.
    database.exec('PRAGMA busy_timeout = 0')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Statements are compiled once per text; the oldest make room. Schema statements are rare and not worth keeping. */
function prepare(connection: Connection, sql: string): StatementSync {
  const prepared = connection.statements.get(sql)
  if (prepared) return prepared
  const statement = connection.database.prepare(sql)
  if (!/^\s*(select|insert|update|delete)/i.test(sql)) return statement
  connection.statements.set(sql, statement)
  return statement
}

function toSqlValue(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Date) return value.valueOf()
  return value === undefined ? null : (value as SQLInputValue)
}
