import { parentPort, workerData } from 'node:worker_threads'
import { CommSimulator } from './comm-simulate.ts'
import { NeighbourSimulator } from './neighbours.ts'
import { OutboxSimulator } from './outbox-simulate.ts'
import type { SimKind, SimOrder, SimReply } from './sim-thread.ts'
import { Simulator } from './simulate.ts'

interface Worlds {
  run(seed: number, options: SimOrder['options']): Promise<unknown>
}

const SIMULATORS: Readonly<Record<SimKind, { create(): Promise<unknown> }>> = {
  inbox: Simulator,
  outbox: OutboxSimulator,
  comm: CommSimulator,
  neighbours: NeighbourSimulator,
}

// Messages wait until somebody listens, so orders given meanwhile are not lost.
const simulator = (await SIMULATORS[workerData as SimKind].create()) as Worlds

parentPort?.on('message', ({ seed, options }: SimOrder) => {
  // Started from a promise: straight from the event the first tick would come before the promises, and the same seed
  // would have another history than in `run.ts`.
  Promise.resolve()
    .then(() => simulator.run(seed, options))
    .then(
      (result) => reply({ result }),
      (error: unknown) => reply({ error }),
    )
})

function reply(message: SimReply<unknown>): void {
  parentPort?.postMessage(message)
}
