import { nameSession } from './session-names.ts'

/** What the hub uses of a mysql2 connection beyond knex. */
export interface MysqlConnection {
  /** knex drops a connection that has this instead of giving it to the next. */
  __knex__disposed?: unknown
  /** A node of a Galera cluster is at the other end. */
  isGalera?: boolean
  readonly stream: { destroy(error: Error): void }
  query(
    options: { sql: string; values: readonly unknown[] },
    done: (error: unknown, result: unknown) => void,
  ): void
}

/** How long a statement may take. A lock is waited for 1 s at most, so a longer silence means that nobody is there. */
export interface Patience {
  limitMs: number
}

/**
 * How long a transaction may stand idle. The hub's own stand for the time of one round trip; one whose process is gone without
 * a word would keep its rows locked until the server notices, which takes hours.
 */
const IDLE_TRANSACTION_S = 5
/** The same for a packet that has come only in part, or that nobody reads. */
const HALF_PACKET_S = 10
const SESSION = [
  "sql_mode = 'TRADITIONAL'",
  'innodb_lock_wait_timeout = 1',
  `net_read_timeout = ${HALF_PACKET_S}`,
  `net_write_timeout = ${HALF_PACKET_S}`,
].join(', ')

/**
 * Makes a fresh connection fit for the hub. READ COMMITTED: no gap locks, and each statement sees what was committed
 * while it waited for a row. On Galera every read must wait for what other nodes have committed (`wsrep_sync_wait`):
 * otherwise a settle finds its own lease missing. `sessionName`: where the server can't bound idle transactions by itself
 * (MySQL), the connection takes this name, so that others can end it (`endSessions`).
 */
export async function prepareConnection(
  connection: MysqlConnection,
  patience: Patience,
  sessionName: string,
): Promise<void> {
  watchForSilence(connection, patience)
  await ask(connection, `SET SESSION ${SESSION}`)
  await ask(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
  const found = (await ask(
    connection,
    "SHOW VARIABLES WHERE Variable_name IN ('wsrep_on', 'idle_transaction_timeout')",
  )) as { Variable_name: string; Value: string }[]
  const variables = new Map(found.map((row) => [row.Variable_name, row.Value]))
  connection.isGalera = variables.get('wsrep_on') === 'ON'
  if (connection.isGalera) await ask(connection, 'SET SESSION wsrep_sync_wait = 7')
  if (variables.has('idle_transaction_timeout')) {
    await ask(connection, `SET SESSION idle_transaction_timeout = ${IDLE_TRANSACTION_S}`)
  } else {
    await ask(connection, nameSession(sessionName))
  }
}

function ask(connection: MysqlConnection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, values: [] }, (error, result) => {
      if (error) reject(error as Error)
      else resolve(result)
    })
  })
}

/**
 * A server that disappears without closing leaves its connections open, and a statement would wait for ever. The socket is
 * torn down instead, and every waiting statement fails with a lost connection.
 */
function watchForSilence(connection: MysqlConnection, patience: Patience): void {
  const query = connection.query.bind(connection) as (...args: unknown[]) => unknown
  connection.query = (...args: unknown[]) => {
    const done = args.at(-1)
    if (typeof done !== 'function' || !Number.isFinite(patience.limitMs)) return query(...args)
    const timer = setTimeout(() => connection.stream.destroy(silence()), patience.limitMs)
    timer.unref()
    const answered = (...answer: unknown[]): void => {
      clearTimeout(timer)
      done(...answer)
    }
    return query(...args.slice(0, -1), answered)
  }
}

function silence(): Error {
  return Object.assign(new Error('the store did not answer in time'), { code: 'ETIMEDOUT' })
}
