import cluster from 'node:cluster'
import type { Command } from 'commander'
import type { Config } from '#config'
import type { AppOverrides } from '../app.ts'
import { withAdminToken } from './admin-token.ts'
import { explain, readConfig } from './context.ts'
import { nextStopSignal } from './stop-signal.ts'
import { createNeighbours } from './worker-hints.ts'
import { createPeers } from './worker-metrics.ts'
import { superviseWorkers, WORKER_UP, type WorkerFault } from './workers.ts'

/** `hub start`. */
export function addStartCommand(program: Command, stopped?: Promise<NodeJS.Signals>): void {
  program
    .command('start')
    .description('run the hub until SIGTERM or SIGINT')
    .action(() => start(stopped ?? nextStopSignal()))
}

async function start(stopped: Promise<NodeJS.Signals>): Promise<void> {
  const { config, announce, discard } = withAdminToken(readConfig())
  if (config.workers > 1 && !cluster.isPrimary) return await work(config, stopped)
  let wasShown = false
  const show = (url?: string): void => {
    wasShown = true
    announce(url)
  }
  try {
    if (config.workers === 1) await serve(config, stopped, { announce: show })
    else await superviseWorkers(config, stopped, show)
  } catch (error) {
    // Nobody has seen it: the next start makes another one.
    if (!wasShown) discard()
    throw error
  }
}

/** The channel to the supervisor would keep a worker alive for ever. */
async function work(config: Config, stopped: Promise<NodeJS.Signals>): Promise<void> {
  try {
    await serve(config, stopped, {
      overrides: { peers: createPeers(), neighbours: createNeighbours() },
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

interface ServeOptions {
  readonly overrides?: AppOverrides
  readonly onUp?: () => void
  /** Shows the admin token that was made, where the console is. */
  readonly announce?: (url?: string) => void
}

async function serve(
  config: Config,
  stopped: Promise<NodeJS.Signals>,
  { overrides = {}, onUp, announce }: ServeOptions = {},
): Promise<void> {
  // Half of all the code, which no other command needs.
  const { startApp } = await import('../app.ts')
  const app = await startApp(config, overrides)
  announce?.(app.adminUrl ?? app.services.publicUrl)
  onUp?.()
  const warming = setTimeout(() => void app.warmUp(), WARM_UP_AFTER_MS)
  const end = await Promise.race([stopped, app.refused])
  clearTimeout(warming)
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
/** When the start is long over: building the console takes some tenths of a second of a core. */
const WARM_UP_AFTER_MS = 5000
