import cluster from 'node:cluster'
import type { Command } from 'commander'
import type { Config } from '#config'
import { startApp } from '../app.ts'
import { readConfig } from './context.ts'
import { superviseWorkers } from './workers.ts'

/** `hub start`. */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('run the hub until SIGTERM or SIGINT')
    .action(() => start())
}

async function start(): Promise<void> {
  const config = readConfig()
  if (config.workers > 1 && cluster.isPrimary) return await superviseWorkers(config)
  // The channel to the supervisor would keep a worker alive for ever.
  try {
    await serve(config)
    if (cluster.isWorker) process.disconnect()
  } catch (error) {
    // Not `process.disconnect`, which ends a worker with 0.
    cluster.worker?.disconnect()
    throw error
  }
}

async function serve(config: Config): Promise<void> {
  const app = await startApp(config)
  const end = await Promise.race([stopSignal(), app.refused])
  // A second signal means that somebody is out of patience.
  if (typeof end === 'string') process.once(end, () => process.exit(1))
  await app.stop()
  if (typeof end !== 'string') throw end
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
}
