import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findMariaDb } from '../helpers/mariadb-binaries.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { queryRows } from './chaos-store.ts'
import { watch } from './watchdog.ts'

const run = promisify(execFile)
export const PROVIDER = '/usr/lib/galera/libgalera_smm.so'
const JOIN_TIMEOUT_MS = 60_000
const LOG_TAIL = 3000

export interface NodeOrder {
  readonly name: string
  readonly folder: string
  readonly ports: {
    readonly sql: number
    readonly group: number
    readonly ist: number
    readonly sst: number
  }
  /** `gcomm://…` with the group ports of all nodes. */
  readonly cluster: string
  readonly syncWait: number
}

/** One node of a Galera cluster. */
export class GaleraNode implements AsyncDisposable {
  readonly name: string
  readonly #order: NodeOrder
  #server: ChildProcess | undefined
  #watchdog: ChildProcess | undefined

  constructor(order: NodeOrder) {
    this.#order = order
    this.name = order.name
  }

  get sqlPort(): number {
    return this.#order.ports.sql
  }

  /** Makes its empty data directory. */
  async create(): Promise<void> {
    const { folder } = this.#order
    const { installDb } = await findMariaDb()
    await mkdir(folder, { recursive: true })
    if (asUser.length > 0) await run('chown', ['mysql', folder])
    await run(installDb, [
      '--no-defaults',
      ...asUser,
      `--datadir=${join(folder, 'data')}`,
      `--tmpdir=${folder}`,
      '--skip-test-db',
      '--skip-name-resolve',
      '--auth-root-authentication-method=normal',
    ])
  }

  /** Resolves when the node takes part: it has everything that the others have. */
  async start(options: { readonly isNewCluster?: boolean } = {}): Promise<void> {
    const { server: binary } = await findMariaDb()
    const mode = options.isNewCluster ? ['--wsrep-new-cluster'] : await this.#findPosition(binary)
    const server = spawn(binary, [...this.#arguments(), ...mode], {
      stdio: 'ignore',
      detached: true,
    })
    this.#server = server
    await once(server, 'spawn')
    this.#watchdog = watch(server.pid ?? 0, this.#order.folder)
    server.unref()
    await waitFor(
      () => this.#isSynced(),
      () => `${this.name} to be synced`,
      JOIN_TIMEOUT_MS,
    ).catch(async (cause: unknown) => {
      throw new Error(`${this.name} did not join: ${await this.#logTail()}`, { cause })
    })
  }

  async kill(): Promise<void> {
    await this.#end()
  }

  halt(): void {
    this.#server?.kill('SIGSTOP')
  }

  resume(): void {
    this.#server?.kill('SIGCONT')
  }

  async execute(statement: string): Promise<void> {
    await queryRows(this.#url(), statement)
  }

  /** A status variable of this node. */
  async status(name: string): Promise<string> {
    const [row] = await queryRows<{ Value: string }>(this.#url(), 'SHOW GLOBAL STATUS LIKE ?', [
      name,
    ])
    return row?.Value ?? ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end()
    await rm(this.#order.folder, { recursive: true, force: true })
  }

  async #end(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#watchdog?.kill('SIGKILL')
    this.#watchdog = undefined
    if (server?.exitCode !== null || server.signalCode !== null) return
    server.ref()
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }

  /**
   * After a kill the node knows only by InnoDB's log how far it was. With that it asks for what it lacks (IST) instead
   * of for everything (SST), for which rsync would stop the donor. This is what systemd's unit of the package does.
   */
  async #findPosition(binary: string): Promise<string[]> {
    const log = join(this.#order.folder, 'recover.log')
    await run(binary, [...this.#arguments(), '--wsrep-recover', `--log-error=${log}`]).catch(
      () => undefined,
    )
    const found = /Recovered position:\s*([\w-]+:-?\d+)/.exec(
      await readFile(log, 'utf8').catch(() => ''),
    )?.[1]
    return found ? [`--wsrep-start-position=${found}`] : []
  }

  async #isSynced(): Promise<boolean> {
    if (this.#server?.exitCode !== null) throw new Error('mariadbd ended by itself')
    try {
      return (await this.status('wsrep_local_state_comment')) === 'Synced'
    } catch {
      return false
    }
  }

  async #logTail(): Promise<string> {
    const log = await readFile(join(this.#order.folder, 'error.log'), 'utf8').catch(() => '')
    return log.slice(-LOG_TAIL)
  }

  #url(): string {
    const socket = join(this.#order.folder, 'node.sock')
    return `mysql://root@localhost/?socketPath=${encodeURIComponent(socket)}`
  }

  #arguments(): string[] {
    const { folder, name, ports, cluster, syncWait } = this.#order
    return [
      '--no-defaults',
      ...asUser,
      `--datadir=${join(folder, 'data')}`,
      `--socket=${join(folder, 'node.sock')}`,
      `--pid-file=${join(folder, 'node.pid')}`,
      `--log-error=${join(folder, 'error.log')}`,
      `--tmpdir=${folder}`,
      `--port=${ports.sql}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--max-connections=500',
      '--character-set-server=utf8mb4',
      '--innodb-buffer-pool-size=128M',
      '--innodb-flush-log-at-trx-commit=1',
      '--performance-schema=OFF',
      // What Galera asks for.
      '--binlog-format=ROW',
      '--default-storage-engine=InnoDB',
      '--innodb-autoinc-lock-mode=2',
      '--wsrep-on=ON',
      `--wsrep-provider=${PROVIDER}`,
      '--wsrep-cluster-name=hub-chaos',
      `--wsrep-cluster-address=${cluster}`,
      `--wsrep-node-name=${name}`,
      `--wsrep-node-address=127.0.0.1:${ports.group}`,
      `--wsrep-node-incoming-address=127.0.0.1:${ports.sql}`,
      '--wsrep-sst-method=rsync',
      `--wsrep-sst-receive-address=127.0.0.1:${ports.sst}`,
      `--wsrep-sync-wait=${syncWait}`,
      `--wsrep-provider-options=${[
        `base_port=${ports.group}`,
        `gmcast.listen_addr=tcp://127.0.0.1:${ports.group}`,
        `ist.recv_addr=127.0.0.1:${ports.ist}`,
        'gcache.size=256M',
      ].join(';')}`,
    ]
  }
}

/** mariadbd refuses to run as root. */
const asUser = process.getuid?.() === 0 ? ['--user=mysql'] : []
