import { parentPort, workerData } from 'node:worker_threads'
import type { Batch, Reply } from '../../src/communications/sandbox/host.ts'

/**
 * In place of the sandbox's worker: it does what the code of each item says. `hang` answers never again, `crash` throws,
 * anything else is the value of the answer.
 */
const port = parentPort
const progress = new Int32Array(workerData as SharedArrayBuffer)

port?.on('message', ({ items }: Batch) => {
  const outcomes: Reply['outcomes'][number][] = []
  for (const [index, item] of items.entries()) {
    Atomics.store(progress, 0, index + 1)
    const code = item.kind === 'code' ? item.code : ''
    if (code === 'hang') return
    if (code === 'crash') throw new Error('crashed')
    outcomes.push({ ok: true, value: code, calls: [] })
  }
  port.postMessage({ outcomes } satisfies Reply)
})
