import { PgBoss } from 'pg-boss'
import { readArgument, serve } from '../harness/serve.ts'
import { createPoster, startWebhook } from './forward.mjs'

/**
 * Webhook → pg-boss → portal. Without order: batches, several at once. In order: the policy
 * `key_strict_fifo` with the line as key, one event per post.
 */
const CONNECTIONS = 16
/**
 * Of those tried what brought most through. A worker whose batch comes back short waits for the next poll, and in order a
 * batch holds at most one job of each line. LISTEN/NOTIFY stays off: every commit would wait for a lock of its own, and
 * less than half would be accepted.
 */
const FAST = { batchSize: 100, localConcurrency: 4 }
const ORDERED = { batchSize: 5, localConcurrency: 8 }

/** @type {{ socketFolder: string, sinkUrl: string, isOrdered: boolean }} */
const { socketFolder, sinkUrl, isOrdered } = readArgument()
const post = createPoster(sinkUrl)
const boss = new PgBoss({
  ...{ host: socketFolder, user: 'postgres', database: 'postgres', max: CONNECTIONS },
})
boss.on('error', (error) => process.stderr.write(`${error}\n`))
await boss.start()
await boss.createQueue('all', {
  policy: isOrdered ? 'key_strict_fifo' : 'standard',
  retryLimit: 10,
})
await boss.work(
  'all',
  {
    ...(isOrdered ? ORDERED : FAST),
    pollingIntervalSeconds: 0.5,
    burstWhenBatchFull: true,
  },
  async (jobs) => {
    if (!isOrdered) return await post(jobs.map(({ data }) => data))
    // One job of a line at most is in a batch.
    await Promise.all(jobs.map(({ data }) => post([data])))
  },
)
const url = await startWebhook((taken) =>
  boss.send('all', taken, isOrdered ? { singletonKey: taken.line } : {}),
)
serve(url, {})
