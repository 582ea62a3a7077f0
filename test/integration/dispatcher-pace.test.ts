import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import type { Lease } from '../../src/core/lease.ts'
import { SharedPool } from '../../src/core/shared-pool.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { appendUpdates } from '../../src/db/inbox/append.ts'
import { SeenMemory } from '../../src/db/inbox/seen-memory.ts'
import { InboxCommitter } from '../../src/inbox/committer.ts'
import { Dispatcher } from '../../src/inbox/dispatcher.ts'
import { PortalLife } from '../../src/inbox/portal-life.ts'
import type { PortalPort } from '../../src/inbox/portal-port.ts'
import { InboxWriter } from '../../src/inbox/writer.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = 1
const PACE_MS = 50

for (const kind of testStores()) {
  describe(`the pace of packets on ${kind.name}`, () => {
    it('a process with time to spare sends each event at once', async () => {
      await using rig = await openRig(kind.open(), { paceMs: 0 })
      for (const text of ['a', 'b', 'c']) {
        await rig.append(text)
        await rig.isIdle()
      }
      assert.deepEqual(rig.packets, [['a'], ['b'], ['c']])
    })

    it('a process that is short of time gathers what comes within 50 ms of the line’s last packet', async () => {
      await using rig = await openRig(kind.open(), { paceMs: PACE_MS })
      await rig.append('a')
      await rig.isIdle()
      await rig.append('b')
      await rig.append('c')
      await rig.clock.advance(PACE_MS)
      await rig.isIdle()
      assert.deepEqual(rig.packets, [['a'], ['b', 'c']])
    })

    it('what another process has put in meanwhile goes with the rest', async () => {
      await using rig = await openRig(kind.open(), { paceMs: PACE_MS })
      await rig.append('a')
      await rig.isIdle()
      await rig.append('b')
      await rig.appendElsewhere('c')
      await rig.append('d')
      await rig.clock.advance(PACE_MS)
      await rig.isIdle()
      assert.deepEqual(rig.packets, [['a'], ['b', 'c', 'd']])
    })

    it('a full packet waits for nothing', async () => {
      await using rig = await openRig(kind.open(), { paceMs: PACE_MS, maxEvents: 1 })
      for (const text of ['a', 'b']) {
        await rig.append(text)
        await rig.isIdle()
      }
      assert.deepEqual(rig.packets, [['a'], ['b']])
    })

    it('a stop does not wait for the pause: the line is given back', async () => {
      await using rig = await openRig(kind.open(), { paceMs: PACE_MS })
      await rig.append('a')
      await rig.isIdle()
      await rig.append('b')
      await rig.dispatcher.stop(1000)
      assert.deepEqual(await rig.row(), { due: true, owner: null })
    })
  })
}

async function openRig(
  opening: ReturnType<ReturnType<typeof testStores>[number]['open']>,
  { paceMs, maxEvents = 100 }: { readonly paceMs: number; readonly maxEvents?: number },
) {
  const database = await opening
  const { database: config } = parseConfig({
    HUB_DATABASE_URL: database.databaseUrl,
    HUB_SECRET_KEY: Buffer.alloc(32).toString('base64'),
  })
  const store = new Store(config)
  await migrateUp(store)
  const clock = createManualClock()
  await store.run("INSERT INTO inbox_line (line_id, portal_id) VALUES (?, 'prt_1')", [LINE])
  const lease: Lease = {
    token: 'prc_1',
    isAlive: () => true,
    onSuspended: () => undefined,
    onLost: () => undefined,
  }
  const record = { token: lease.token, host: 'here', pid: 1, roles: 'inbox' }
  await new ProcessRepository(store).register(record, clock.now() + 6000, clock.now())
  const packets: string[][] = []
  const portals: PortalPort = {
    async deliver({ events }) {
      packets.push(events.map(({ payload }) => (JSON.parse(payload) as { text: string }).text))
      return { kind: 'answered', accepted: events.map(({ seq }) => seq), rejected: [] }
    },
    isAnswering: async () => true,
    disconnect: async () => undefined,
  }
  const say = (): void => undefined
  const log = { debug: say, info: say, warn: say, error: say }
  const places = new SharedPool({ name: 'updates-waiting', capacity: 10 })
  const burial = { isKept: true }
  const commits = new InboxCommitter({
    ...{ store, clock, lease, places, burial },
    memory: new SeenMemory(store, clock),
  })
  const life = new PortalLife(store, clock, log, () => undefined)
  const dispatcher = new Dispatcher(
    { store, commits, clock, log, lease, portals, life },
    {
      limits: { maxEvents, maxBytes: 1_000_000 },
      ladderMs: [1000],
      burial,
      packets: new SharedPool({ name: 'packets', capacity: 4 }),
      heldLines: new SharedPool({ name: 'inbox-lines', capacity: 10 }),
      paceMs: () => paceMs,
    },
  )
  const writer = new InboxWriter(commits, dispatcher)
  const row = async () => {
    const [found] = await store.rows<{ due_at: number | null; owner: string | null }>(
      'SELECT due_at, owner FROM inbox_line',
    )
    return { due: found?.due_at !== null, owner: found?.owner }
  }
  const updateOf = (text: string) => ({
    lineId: LINE,
    portalId: 'prt_1',
    events: [{ type: 'message.new', payload: JSON.stringify({ text }) }],
  })
  return {
    clock,
    dispatcher,
    packets,
    row,
    append: (text: string) => writer.append(updateOf(text)),
    appendElsewhere: (text: string) => appendUpdates(store, [updateOf(text)], 'prc_2', clock.now()),
    /** Everything is delivered and settled. */
    isIdle: () =>
      waitFor(async () => {
        const { due, owner } = await row()
        return !due && owner === null
      }, 'the line to be idle'),
    async [Symbol.asyncDispose]() {
      await dispatcher.stop(1000)
      await store.close()
      await database.dispose()
    },
  }
}
