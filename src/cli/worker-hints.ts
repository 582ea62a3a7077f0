import type { Worker } from 'node:cluster'
import { z } from 'zod'
import type { Hint, Neighbours } from '../core/neighbours.ts'

const messageSchema = z.object({
  kind: z.literal('hint'),
  hint: z.object({ outbox: z.array(z.number()), hasLetters: z.boolean() }),
})

/** In the supervisor: hands what a worker says on to all others. */
export function passHints(workers: ReadonlySet<Worker>, from: Worker, message: object): void {
  if (!('kind' in message) || message.kind !== 'hint') return
  for (const worker of workers) {
    // One that ends meanwhile needs no hint, and its failed send must not end the supervisor.
    if (worker !== from && worker.isConnected()) worker.send(message, undefined, () => undefined)
  }
}

/** In a worker: the others of the same supervisor. */
export function createNeighbours(): Neighbours {
  return {
    tell(hint: Hint) {
      if (process.connected) {
        process.send?.({ kind: 'hint', hint }, undefined, undefined, () => undefined)
      }
    },
    onTold(listener) {
      process.on('message', (message: unknown) => {
        const { data } = messageSchema.safeParse(message)
        if (data) listener(data.hint)
      })
    },
  }
}
