import { setTimeout as sleep } from 'node:timers/promises'
import type { ChaosStore } from './chaos-store.ts'
import { type Galera, startGalera } from './galera.ts'
import type { GaleraNode } from './galera-node.ts'

/** Reads, updates, inserts and BEGIN wait until the node has applied what the others had committed by then. */
const CAUSAL = 7

const STATUS = [
  'wsrep_cluster_size',
  'wsrep_local_cert_failures',
  'wsrep_local_bf_aborts',
  'wsrep_flow_control_paused',
]

/** Three nodes behind HAProxy. */
export async function openGalera({
  isStale,
  hasOneWriter,
}: {
  readonly isStale: boolean
  readonly hasOneWriter: boolean
}): Promise<ChaosStore> {
  const syncWait = isStale ? 0 : CAUSAL
  const galera = await startGalera({ syncWait, hasOneWriter })
  return {
    product: `Galera, 3 nodes ${hasOneWriter ? 'with one writer' : 'by turns'}, wsrep_sync_wait=${syncWait}`,
    url: () => galera.url,
    acts: [
      {
        name: 'SIGKILL of a Galera node',
        async run(random) {
          const node = random.chance(0.3) ? random.pick(galera.nodes) : await findBusiest(galera)
          await node.kill()
          await sleep(random.between(1000, 3000))
          await node.start()
        },
      },
      {
        name: 'SIGSTOP of a Galera node',
        async run(random) {
          const node = random.pick(galera.nodes)
          node.halt()
          await sleep(random.between(1000, 4000))
          node.resume()
        },
      },
    ],
    async notes() {
      const lines: string[] = []
      for (const node of galera.nodes) {
        const values = await Promise.all(
          STATUS.map(async (name) => `${name.slice('wsrep_'.length)} ${await node.status(name)}`),
        )
        lines.push(`${node.name}: ${values.join(', ')}`)
      }
      return lines
    },
    [Symbol.asyncDispose]: () => galera[Symbol.asyncDispose](),
  }
}

/** With one writer, that one. */
async function findBusiest({ nodes }: Galera): Promise<GaleraNode> {
  const loads = await Promise.all(
    nodes.map(async (node) => ({ node, load: Number(await node.status('Threads_connected')) })),
  )
  const [first] = loads.sort((a, b) => b.load - a.load)
  if (!first) throw new Error('a cluster of no nodes')
  return first.node
}
