import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../../test/helpers/wait-for.ts'
import { findProgram, PROGRAM_FOLDERS, postgresFolders } from './debian.ts'
import { endWithUs } from './watchdog.ts'

const run = promisify(execFile)
const START_TIMEOUT_MS = 30_000
const POSTGRES_PORT = 5432

/** A server of our own on a socket in its own temporary folder; the system's is never touched. */
export interface PeerStore extends AsyncDisposable {
  readonly pid: number
  /** Product, version and durability, for people. */
  readonly product: string
  readonly folder: string
  readonly socket: string
}

/** Redis that flushes its log at every write: what it has answered survives a power cut, as with the hub's store. */
export async function startRedis(): Promise<PeerStore> {
  const binary = await findProgram('redis-server', PROGRAM_FOLDERS, 'redis-server')
  const folder = await mkdtemp(join(tmpdir(), 'hub-redis-'))
  const socket = join(folder, 'redis.sock')
  const flags = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '']
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always']
  const server = spawn(binary, [...flags, ...durable, '--maxmemory-policy', 'noeviction'], {
    stdio: 'ignore',
  })
  const { stdout } = await run(binary, ['--version'])
  const version = /v=(\S+)/.exec(stdout)?.[1] ?? ''
  return await toStore(server, folder, socket, {
    product: `Redis ${version} (appendfsync always)`,
    signal: 'SIGKILL',
  })
}

/** PostgreSQL as it comes: `fsync` and `synchronous_commit` are on. It refuses to run as root. */
export async function startPostgres(): Promise<PeerStore> {
  const binary = await findProgram('postgres', postgresFolders, 'postgresql')
  const initdb = await findProgram('initdb', postgresFolders, 'postgresql')
  const folder = await mkdtemp(join(tmpdir(), 'hub-postgres-'))
  const data = join(folder, 'data')
  const user = await findUser(folder)
  // Started where it may read: it would complain of root's folder.
  const options = { ...user, cwd: '/' }
  await run(initdb, ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8'], options)
  const server = spawn(binary, ['-D', data, '-k', folder, '-c', 'listen_addresses='], {
    ...options,
    stdio: 'ignore',
  })
  const version = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  return await toStore(server, folder, join(folder, `.s.PGSQL.${POSTGRES_PORT}`), {
    product: `PostgreSQL ${version} (defaults: fsync, synchronous_commit)`,
    // At once, but with its children.
    signal: 'SIGQUIT',
  })
}

/** Whom it is to run as, if this is root; the folder becomes theirs. */
async function findUser(folder: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const idOf = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  const [uid, gid] = await Promise.all([idOf('-u'), idOf('-g')])
  await chown(folder, uid, gid)
  return { uid, gid }
}

async function toStore(
  server: ChildProcess,
  folder: string,
  socket: string,
  { product, signal }: { readonly product: string; readonly signal: NodeJS.Signals },
): Promise<PeerStore> {
  const pid = server.pid ?? 0
  const watchdog = endWithUs(pid, folder)
  const stop = async () => {
    watchdog.kill('SIGKILL')
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit')
      server.kill(signal)
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const answers = () => {
      if (server.exitCode !== null) throw new Error(`${product} ended by itself`)
      return canConnect(socket)
    }
    await waitFor(answers, `${product} to take connections`, START_TIMEOUT_MS)
  } catch (error) {
    await stop()
    throw error
  }
  return { pid, product, folder, socket, [Symbol.asyncDispose]: stop }
}

function canConnect(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket)
    connection.once('error', () => resolve(false))
    connection.once('connect', () => {
      connection.destroy()
      resolve(true)
    })
  })
}
