import cluster, { type Worker } from 'node:cluster'
import type { Config } from '#config'
import { connectors } from '#connectors'
import { given } from '../core/given.ts'
import { createProcessLog } from '../log/process-log.ts'
import { CommandError, EXIT } from './context.ts'
import { passHints } from './worker-hints.ts'
import { passMetrics } from './worker-metrics.ts'

/** A worker that lives shorter than this died of its start. */
const SHORT_LIFE_MS = 10_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

/** What a worker says before it ends because of it: one line for the operator, and the exit code that goes with it. */
export interface WorkerFault {
  readonly line: string
  readonly exitCode: number
}

/** What a worker says once it listens wherever it is to. */
export const WORKER_UP = 'up'

/** Why a worker has ended; the hub ends with the same. */
class WorkersEnded extends CommandError {
  override name = 'WorkersEnded'
  override readonly exitCode: number
  constructor({ line, exitCode }: WorkerFault) {
    super(line)
    this.exitCode = exitCode
  }
}

/**
 * Runs `config.workers` processes of the hub that share one port, and replaces those that die, with longer and longer
 * pauses for one that dies at once. Resolves when all have ended after SIGTERM or SIGINT. Throws when one has found that the
 * hub must not run as it is configured, or none could start at all, as when the port is taken.
 */
export async function superviseWorkers(
  config: Config,
  stopped: Promise<NodeJS.Signals>,
  onFirstUp: () => void = () => undefined,
): Promise<void> {
  const log = createProcessLog(config.logLevel, connectors)
  let isStopping = false
  let shortLives = 0
  const workers = new Set<Worker>()
  const pauses = new Set<NodeJS.Timeout>()
  const idle = Promise.withResolvers<void>()
  let wasUp = false
  let fault: WorkerFault | undefined

  const fork = (): void => {
    const worker = cluster.fork()
    const startedAt = Date.now()
    workers.add(worker)
    let said: WorkerFault | undefined
    worker.on('message', (message: object | typeof WORKER_UP) => {
      if (message === WORKER_UP) {
        if (!wasUp) onFirstUp()
        wasUp = true
      } else if ('exitCode' in (message as object)) said = message as WorkerFault
      else {
        passMetrics(workers, worker, message as object)
        passHints(workers, worker, message as object)
      }
    })
    worker.once('exit', (code, signal) => {
      workers.delete(worker)
      if (said && !isStopping && (code === EXIT.config || !wasUp)) {
        fault = said
        stop()
      }
      if (isStopping) {
        if (workers.size === 0) idle.resolve()
        return
      }
      shortLives = Date.now() - startedAt < SHORT_LIFE_MS ? shortLives + 1 : 0
      const pauseMs = pauseAfter(shortLives)
      log.error(
        {
          event: 'worker.died',
          worker: worker.process.pid,
          code,
          signal,
          pauseMs,
          ...given({ reason: said?.line }),
        },
        'a worker has died and is replaced',
      )
      const pause = setTimeout(() => {
        pauses.delete(pause)
        fork()
      }, pauseMs)
      pauses.add(pause)
    })
  }

  const stop = (): void => {
    isStopping = true
    for (const pause of pauses) clearTimeout(pause)
    for (const worker of workers) worker.kill('SIGTERM')
    if (workers.size === 0) idle.resolve()
  }
  void stopped.then(stop)
  for (let count = 0; count < config.workers; count++) fork()
  await idle.promise
  if (fault) throw new WorkersEnded(fault)
}

function pauseAfter(shortLives: number): number {
  if (shortLives === 0) return 0
  return Math.min(FIRST_PAUSE_MS * 2 ** (shortLives - 1), LONGEST_PAUSE_MS)
}
