import cluster from 'node:cluster'
import type { Command } from 'commander'
import type { Config } from '#config'
import type { AppOverrides } from '../app.ts'
import { resolveAdminToken } from '../db/engine/token-file.ts'
import { explain, readConfig } from './context.ts'
import { nextStopSignal } from './stop-signal.ts'
import { createPeers } from './worker-metrics.ts'
import { superviseWorkers, WORKER_UP, type WorkerFault } from './workers.ts'

/** `hub start`. */
export function addStartCommand(program: Command, stopped?: Promise<NodeJS.Signals>): void {
  program
    .command('start')
    .description('run the hub until SIGTERM or SIGINT')
    .action(() => start(stopped ?? nextStopSignal()))
}

/** With SQLite there is always an admin token; the first start makes one, and shows it this once. */
function withAdminToken(config: Config): Config {
  if (config.adminToken !== undefined) return config
  const kept = resolveAdminToken(config.database)
  if (!kept) return config
  const { token, path, isNew } = kept
  if (isNew) {
    const { adminListen, publicUrl = `http://${config.host}:${config.port}` } = config
    const url = adminListen ? `http://${adminListen.host}:${adminListen.port}` : publicUrl
    const where = path === undefined ? 'It ends with this process.' : `It is kept in ${path}.`
    process.stderr.write(
      `The console is at ${url}/console/ and its admin token is ${token}\n${where} HUB_ADMIN_TOKEN sets another one.\n`,
    )
  }
  return { ...config, adminToken: token }
}

async function start(stopped: Promise<NodeJS.Signals>): Promise<void> {
  const config = withAdminToken(readConfig())
  if (config.workers === 1) return await serve(config, stopped)
  if (cluster.isPrimary) return await superviseWorkers(config, stopped)
  await work(config, stopped)
}

/** The channel to the supervisor would keep a worker alive for ever. */
async function work(config: Config, stopped: Promise<NodeJS.Signals>): Promise<void> {
  try {
    await serve(config, stopped, {
      overrides: { peers: createPeers() },
      onUp: () => void tellSupervisor(WORKER_UP),
    })
    process.disconnect()
  } catch (error) {
    process.exitCode = explain(error).exitCode
    await tellSupervisor(explain(error))
    // Not `process.disconnect`, which ends a worker with 0.
    cluster.worker?.disconnect()
  }
}

function tellSupervisor(words: WorkerFault | typeof WORKER_UP): Promise<void> {
  return new Promise((resolve) => {
    // Without a supervisor there is nobody to tell.
    if (process.send?.(words, undefined, undefined, () => resolve()) === undefined) resolve()
  })
}

async function serve(
  config: Config,
  stopped: Promise<NodeJS.Signals>,
  { overrides = {}, onUp }: { overrides?: AppOverrides; onUp?: () => void } = {},
): Promise<void> {
  // Half of all the code, which no other command needs.
  const { startApp } = await import('../app.ts')
  const app = await startApp(config, overrides)
  onUp?.()
  const end = await Promise.race([stopped, app.refused])
  if (typeof end === 'string') endAtSecond(end)
  await app.stop()
  if (typeof end !== 'string') throw end
}

/**
 * A second signal means that somebody is out of patience, but not at once: what is sent to the whole group of processes comes
 * again from npm, which passes on what it gets, and to a worker from its supervisor.
 */
function endAtSecond(signal: NodeJS.Signals): void {
  const endsFrom = performance.now() + SAME_SIGNAL_MS
  process.on(signal, () => {
    if (performance.now() >= endsFrom) process.exit(1)
  })
}

const SAME_SIGNAL_MS = 1000
