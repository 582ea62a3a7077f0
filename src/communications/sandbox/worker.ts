import { parentPort, workerData } from 'node:worker_threads'
import { createEvaluator } from './evaluator.ts'
import type { Batch, Reply } from './host.ts'

const port = parentPort
if (port === null) throw new Error('this file is the body of a worker')
const progress = new Int32Array(workerData as SharedArrayBuffer)
const evaluator = await createEvaluator()

/** One batch at a time: the host waits for the answer. */
port.on('message', async ({ items }: Batch) => {
  const outcomes = await evaluator.run(items, (index) => {
    Atomics.store(progress, 0, index + 1)
  })
  port.postMessage({ outcomes } satisfies Reply)
})
