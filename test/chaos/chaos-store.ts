import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { startTcpProxy } from '../fakes/tcp-proxy.ts'
import { startMariaDb } from '../helpers/mariadb.ts'
import type { Random } from './random.ts'

/** Something that befalls the store. Ends when the store is as good as before. */
export interface StoreAct {
  readonly name: string
  run(random: Random): Promise<void>
}

/** What the hubs keep their events in, and what can happen to it. */
export interface ChaosStore extends AsyncDisposable {
  readonly product: string
  /** HUB_DATABASE_URL of the hub with this index. */
  url(hub: number): string
  readonly acts: readonly StoreAct[]
  /** For the report: what happened inside, if there is anything to tell. */
  notes(): Promise<string[]>
}

/** The hub whose way to the database leads through a bad network. */
const FAR_HUB = 2

/** One MariaDB. The way of one of the hubs to it can be broken alone. */
export async function openMariaDb(): Promise<ChaosStore> {
  await using started = new AsyncDisposableStack()
  const server = await startMariaDb({ isDurable: true })
  started.defer(() => server.stop())
  const near = await server.createDatabase()
  const { pathname, searchParams } = new URL(near)
  const proxy = started.use(await startTcpProxy({ path: searchParams.get('socketPath') ?? '' }))
  const far = `mysql://root@127.0.0.1:${proxy.port}${pathname}`
  const resources = started.move()
  return {
    product: 'one MariaDB',
    url: (hub) => (hub === FAR_HUB ? far : near),
    acts: [
      {
        name: 'SIGKILL of MariaDB',
        async run(random) {
          await server.kill()
          await sleep(random.between(1000, 3000))
          await server.restart()
        },
      },
      {
        name: 'a hub’s database connections hang',
        async run(random) {
          proxy.pause()
          await sleep(random.between(2000, 8000))
          await proxy.heal()
        },
      },
      {
        name: 'a hub’s database connections are reset',
        async run() {
          proxy.reset()
        },
      },
    ],
    notes: async () => [],
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** Runs one statement on a connection of its own. Rejects when the store can't be reached. */
export async function queryRows<Row>(
  url: string,
  sql: string,
  values: readonly (string | number)[] = [],
): Promise<Row[]> {
  const connection = await createConnection(url)
  try {
    const [rows] = await connection.query(sql, [...values])
    return rows as Row[]
  } finally {
    await connection.end()
  }
}
