import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { findMariaDb } from './mariadb-binaries.ts'
import { waitFor } from './wait-for.ts'

const run = promisify(execFile)
const START_TIMEOUT_MS = 30_000

/** A private MariaDB server on a socket in its own temporary folder. Nobody else's server is ever used or ended. */
export interface MariaDb extends AsyncDisposable {
  /** Of the server process that runs now; tests may signal it. */
  readonly pid: number
  /** `mysql://root@localhost/<database>?socketPath=…`, as HUB_DATABASE_URL takes it. */
  url(database: string): string
  /** Creates an empty utf8mb4 database of a new name and returns its URL. */
  createDatabase(): Promise<string>
  /** Ends the server without warning (SIGKILL) and waits until it is gone. The data stay. */
  kill(): Promise<void>
  /** Starts the server again on the same data and socket, after ending it if it still runs. */
  restart(): Promise<void>
  /** Ends the server and deletes its folder. */
  stop(): Promise<void>
}

export interface MariaDbOptions {
  /** As where it is in use: everything is flushed to the disk. For measurements, and for what is about losses. */
  readonly isDurable?: boolean
}

/** Takes 1–2 s. Throws when the server is missing or doesn't come up, with the end of its log. */
export async function startMariaDb({ isDurable = false }: MariaDbOptions = {}): Promise<MariaDb> {
  const binaries = await findMariaDb()
  const folder = await mkdtemp(join(tmpdir(), 'hub-mariadb-'))
  // mariadbd refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ['--user=mysql'] : []
  try {
    if (asUser.length > 0) await run('chown', ['mysql', folder])
    await run(binaries.installDb, [
      '--no-defaults',
      ...asUser,
      `--datadir=${join(folder, 'data')}`,
      // A server that starts deletes the temporary tables in its tmpdir, those of another that is being set up as well.
      `--tmpdir=${folder}`,
      '--skip-test-db',
      '--skip-name-resolve',
      // root without a password instead of the one who owns the socket: tests run as whoever they like.
      '--auth-root-authentication-method=normal',
    ])
    const server = new PrivateServer(
      binaries.server,
      [...asUser, ...(isDurable ? DURABLE : IN_HASTE)],
      folder,
    )
    await server.restart()
    return server
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

const DURABLE = ['--innodb-flush-log-at-trx-commit=1']
const IN_HASTE = [
  // Commits outlive the server's end, as tests ask of it, if not the machine's.
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-doublewrite=OFF',
  // Each test makes a database of many small tables, and what the optimizer guesses of them need not be kept.
  '--innodb-stats-persistent=OFF',
  '--innodb-file-per-table=OFF',
]

class PrivateServer implements MariaDb {
  readonly #binary: string
  readonly #more: readonly string[]
  readonly #folder: string
  readonly #socket: string
  #server: ChildProcess | undefined
  #watchdog: ChildProcess | undefined

  constructor(binary: string, more: readonly string[], folder: string) {
    this.#binary = binary
    this.#more = more
    this.#folder = folder
    this.#socket = join(folder, 'hub.sock')
  }

  get pid(): number {
    const pid = this.#server?.pid
    if (pid === undefined) throw new Error('the private MariaDB is not running')
    return pid
  }

  url(database: string): string {
    return `mysql://root@localhost/${database}?socketPath=${encodeURIComponent(this.#socket)}`
  }

  async createDatabase(): Promise<string> {
    return this.url(await createDatabase(this.url('')))
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.#end('SIGTERM')
    const server = spawn(this.#binary, this.#arguments(), { stdio: 'ignore', detached: true })
    this.#server = server
    await once(server, 'spawn')
    this.#watchdog = watch(this.pid, this.#folder)
    server.unref()
    await waitFor(
      () => this.#answers(),
      () => 'the private MariaDB to take connections',
      START_TIMEOUT_MS,
    ).catch(async (cause: unknown) => {
      const log = await readFile(join(this.#folder, 'error.log'), 'utf8').catch(() => '')
      await this.stop()
      throw new Error(`the private MariaDB did not start: ${log.slice(-2000)}`, { cause })
    })
  }

  /** Without warning too: nobody reads these data again, and an orderly shutdown takes seconds. */
  async stop(): Promise<void> {
    await this.#end('SIGKILL')
    await rm(this.#folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#watchdog?.kill('SIGKILL')
    this.#watchdog = undefined
    if (server?.exitCode !== null || server.signalCode !== null) return
    server.ref()
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }

  async #answers(): Promise<boolean> {
    if (this.#server?.exitCode !== null) throw new Error('mariadbd ended by itself')
    try {
      const connection = await createConnection(this.url(''))
      await connection.end()
      return true
    } catch {
      return false
    }
  }

  #arguments(): string[] {
    return [
      '--no-defaults',
      ...this.#more,
      `--datadir=${join(this.#folder, 'data')}`,
      `--socket=${this.#socket}`,
      `--pid-file=${join(this.#folder, 'hub.pid')}`,
      `--log-error=${join(this.#folder, 'error.log')}`,
      `--tmpdir=${this.#folder}`,
      '--skip-networking',
      '--skip-name-resolve',
      '--max-connections=500',
      '--character-set-server=utf8mb4',
      '--innodb-buffer-pool-size=128M',
      '--performance-schema=OFF',
    ]
  }
}

/**
 * Ends the server and clears its folder when this process goes away without doing so (SIGKILL, Ctrl-C): its standard
 * input closes then. It never outlives an orderly stop, so `pid` can't have become somebody else's.
 */
function watch(pid: number, folder: string): ChildProcess {
  const script = 'read -r _; kill -9 "$1" 2>/dev/null; rm -rf "$2"'
  const watchdog = spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.unref()
  if (watchdog.stdin && 'unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') {
    watchdog.stdin.unref()
  }
  return watchdog
}

/** Creates an empty utf8mb4 database on the server that `serverUrl` names and returns its name. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `hub_test_${randomBytes(8).toString('hex')}`
  await execute(serverUrl, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  return name
}

/** Runs one statement on a connection of its own. */
export async function execute(serverUrl: string, statement: string): Promise<void> {
  const connection = await createConnection(serverUrl)
  try {
    await connection.query(statement)
  } finally {
    await connection.end()
  }
}
