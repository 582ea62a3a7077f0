import cluster from 'node:cluster'
import type { Command } from 'commander'
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
  const app = await startApp(config)
  const signal = await stopSignal()
  // A second signal means that somebody is out of patience.
  process.once(signal, () => process.exit(1))
  await app.stop()
  // The channel to the supervisor would keep a worker alive for ever.
  if (cluster.isWorker) process.disconnect()
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
}
