import { DatabaseSync } from 'node:sqlite'
import { createPool, type RowDataPacket } from 'mysql2/promise'

export interface Row {
  readonly id: number
  readonly body: string
}

/** The baseline's one table. */
export interface Rows {
  /** Resolves after the commit. */
  insert(body: string): Promise<void>
  /** The oldest ones. */
  take(limit: number): Promise<readonly Row[]>
  remove(ids: readonly number[]): Promise<void>
}

/** As many as got the most out of single inserts on two cores; more only wait for each other. */
const CONNECTIONS = 16

export function openRows(databaseUrl: string): Promise<Rows> {
  return databaseUrl.startsWith('sqlite:')
    ? openSqlite(databaseUrl.slice('sqlite:'.length))
    : openMysql(databaseUrl)
}

async function openMysql(url: string): Promise<Rows> {
  const pool = createPool({ uri: url, connectionLimit: CONNECTIONS })
  await pool.query(
    'CREATE TABLE waiting (id BIGINT AUTO_INCREMENT PRIMARY KEY, body TEXT NOT NULL) ENGINE=InnoDB',
  )
  return {
    async insert(body) {
      await pool.execute('INSERT INTO waiting (body) VALUES (?)', [body])
    },
    async take(limit) {
      const [rows] = await pool.query<(Row & RowDataPacket)[]>(
        'SELECT id, body FROM waiting ORDER BY id LIMIT ?',
        [limit],
      )
      return rows
    },
    async remove(ids) {
      await pool.query('DELETE FROM waiting WHERE id IN (?)', [ids])
    },
  }
}

async function openSqlite(file: string): Promise<Rows> {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  database.exec('CREATE TABLE waiting (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
  const insert = database.prepare('INSERT INTO waiting (body) VALUES (?)')
  const select = database.prepare('SELECT id, body FROM waiting ORDER BY id LIMIT ?')
  return {
    async insert(body) {
      insert.run(body)
    },
    async take(limit) {
      return select.all(limit).map((row) => ({ id: Number(row['id']), body: String(row['body']) }))
    },
    async remove(ids) {
      database.prepare(`DELETE FROM waiting WHERE id IN (${ids.map(() => '?')})`).run(...ids)
    },
  }
}
