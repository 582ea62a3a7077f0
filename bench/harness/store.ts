import { join } from 'node:path'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { type MariaDb, startMariaDb } from '../../test/helpers/mariadb.ts'
import type { StoreKind } from '../options.ts'
import { readChildren } from './proc.ts'

/** Where hub and baseline keep their events; each gets a database of its own in the same server. */
export interface Store extends AsyncDisposable {
  readonly kind: StoreKind
  /** For people: product and version. */
  readonly product: string
  /** Of the server; undefined for SQLite, which works inside of whoever uses it. */
  readonly pid: number | undefined
  /** A new, empty database in the form of HUB_DATABASE_URL. */
  createDatabase(name: string): Promise<string>
}

let made = 0

/** `folder` is for SQLite's files. */
export async function openStore(kind: StoreKind, folder: string): Promise<Store> {
  if (kind === 'sqlite') {
    return {
      kind,
      product: `SQLite ${process.versions['sqlite'] ?? ''} (WAL, synchronous=FULL)`,
      pid: undefined,
      createDatabase: async (name) => `sqlite:${join(folder, `${name}-${made++}.sqlite`)}`,
      [Symbol.asyncDispose]: async () => undefined,
    }
  }
  const server = await startMariaDb({ isDurable: true })
  try {
    return {
      kind,
      product: `MariaDB ${await readVersion(server)} (flush at every commit)`,
      pid: (await findServer(server.pid)) ?? server.pid,
      createDatabase: () => server.createDatabase(),
      [Symbol.asyncDispose]: () => server.stop(),
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function readVersion(server: MariaDb): Promise<string> {
  const connection = await createConnection(server.url(''))
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flush',
    )
    if (rows[0]?.['flush'] !== 1) throw new Error('this MariaDB does not flush at every commit')
    return String(rows[0]?.['version'])
  } finally {
    await connection.end()
  }
}

/** The helper may have started the server through a script; it is the child then. */
async function findServer(pid: number): Promise<number | undefined> {
  return (await readChildren(pid))[0]
}
