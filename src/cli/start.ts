import cluster from 'node:cluster'
import type { Command } from 'commander'
import type { Config } from '#config'
import { startApp } from '../app.ts'
import { explain, readConfig } from './context.ts'
import { superviseWorkers, WORKER_UP, type WorkerFault } from './workers.ts'

/** `hub start`. */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('run the hub until SIGTERM or SIGINT')
    .action(() => start())
}

async function start(): Promise<void> {
  const config = readConfig()
  if (config.workers === 1) return await serve(config)
  if (cluster.isPrimary) return await superviseWorkers(config)
  await work(config)
}

/** The channel to the supervisor would keep a worker alive for ever. */
async function work(config: Config): Promise<void> {
  try {
    await serve(config, () => void tellSupervisor(WORKER_UP))
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

async function serve(config: Config, onUp?: () => void): Promise<void> {
  // Listened for from the first moment: a signal during the start must not end the process halfway.
  const stopped = stopSignal()
  const app = await startApp(config)
  onUp?.()
  const end = await Promise.race([stopped, app.refused])
  if (typeof end === 'string') endAtSecond(end)
  await app.stop()
  if (typeof end !== 'string') throw end
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
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
