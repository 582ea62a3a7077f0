import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../helpers/wait-for.ts'
import { queryRows } from './chaos-store.ts'
import { findFreePorts } from './free-ports.ts'
import { GaleraNode, PROVIDER } from './galera-node.ts'
import { type Haproxy, startHaproxy } from './haproxy.ts'

const run = promisify(execFile)
const NODES = 3
const PACKAGES = ['mariadb-server', 'galera-4', 'rsync', 'haproxy']
const PASSWORD = 'chaos'

export interface Galera extends AsyncDisposable {
  readonly nodes: readonly GaleraNode[]
  /** A database of the cluster, by way of HAProxy, in the form of HUB_DATABASE_URL. */
  readonly url: string
}

export interface GaleraOrder {
  /** `wsrep_sync_wait` of every session: 0 lets a node answer before it has applied what others have committed. */
  readonly syncWait: number
  readonly hasOneWriter: boolean
}

/**
 * Three MariaDB nodes that replicate to each other on 127.0.0.1, and HAProxy in front. Everything is private to this process; the services of the machine are not touched.
 */
export async function startGalera(order: GaleraOrder): Promise<Galera> {
  await installMissing()
  await using building = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'hub-galera-'))
  building.defer(() => rm(folder, { recursive: true, force: true }))
  // Nodes run as mysql and must get to their own folders below.
  await run('chmod', ['755', folder])
  const ports = await findFreePorts(NODES * 4)
  const places = Array.from({ length: NODES }, (_, index) => {
    const [sql = 0, group = 0, ist = 0, sst = 0] = ports.slice(index * 4)
    return { sql, group, ist, sst }
  })
  const cluster = `gcomm://${places.map(({ group }) => `127.0.0.1:${group}`).join(',')}`
  const nodes = places.map((place, index) =>
    building.use(
      new GaleraNode({
        name: `node-${index + 1}`,
        folder: join(folder, `node-${index + 1}`),
        ports: place,
        cluster,
        syncWait: order.syncWait,
      }),
    ),
  )
  const [first, ...others] = nodes
  if (!first) throw new Error('a cluster of no nodes')
  await first.create()
  await first.start({ isNewCluster: true })
  await first.execute(`CREATE USER hub@'%' IDENTIFIED BY '${PASSWORD}'`)
  await first.execute("GRANT ALL ON *.* TO hub@'%'")
  // HAProxy's check logs in without a password and may do nothing.
  await first.execute("CREATE USER haproxy@'%'")
  await first.execute('CREATE DATABASE hub CHARACTER SET utf8mb4')
  for (const node of others) {
    await node.create()
    await node.start()
  }
  const proxy: Haproxy = building.use(
    await startHaproxy(
      folder,
      nodes.map(({ name, sqlPort }) => ({ name, port: sqlPort })),
      order.hasOneWriter,
    ),
  )
  const url = `mysql://hub:${PASSWORD}@127.0.0.1:${proxy.port}/hub`
  await waitFor(
    () =>
      queryRows(url, 'SELECT 1').then(
        () => true,
        () => false,
      ),
    'HAProxy to lead to the cluster',
    20_000,
  )
  const resources = building.move()
  return { nodes, url, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** Debian's packages; elsewhere, or as somebody else than root, they must be there. */
async function installMissing(): Promise<void> {
  try {
    await run('sh', ['-c', `test -f ${PROVIDER} && command -v rsync && command -v haproxy`], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    })
  } catch {
    // RUNLEVEL=1: the packages are not to start services of their own.
    const env = {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      DEBIAN_FRONTEND: 'noninteractive',
      RUNLEVEL: '1',
    }
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], { env })
  }
}
