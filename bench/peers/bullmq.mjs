import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { readArgument, serve } from '../harness/serve.ts'
import { createPoster, startWebhook } from './forward.mjs'

/**
 * Webhook → BullMQ → portal. Without order: one queue, one worker with many jobs at once. In order: a queue and a worker
 * with one job at a time for each line, as BullMQ has it (groups and batches are in its paid edition only).
 */
const CONCURRENCY = 100

/** @type {{ socket: string, sinkUrl: string, isOrdered: boolean, lines: string[] }} */
const { socket, sinkUrl, isOrdered, lines } = readArgument()
const post = createPoster(sinkUrl)
const shared = new Redis({ path: socket, maxRetriesPerRequest: null })
const jobOptions = { removeOnComplete: true, attempts: 10, backoff: { type: 'fixed', delay: 1000 } }

/** @param {string} name @param {number} concurrency */
function open(name, concurrency) {
  const queue = new Queue(name, { connection: shared, defaultJobOptions: jobOptions })
  const worker = new Worker(name, (job) => post([job.data]), {
    connection: new Redis({ path: socket, maxRetriesPerRequest: null }),
    concurrency,
  })
  // Without a listener a fault of the connection would end the process.
  worker.on('error', (error) => process.stderr.write(`${error}\n`))
  return queue
}

const queues = new Map(
  isOrdered ? lines.map((line) => [line, open(line, 1)]) : [['all', open('all', CONCURRENCY)]],
)
const url = await startWebhook((taken) =>
  queues.get(isOrdered ? taken.line : 'all')?.add('event', taken),
)
serve(url, {})
