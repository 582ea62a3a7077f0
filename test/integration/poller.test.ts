import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { type Clock, systemClock } from '../../src/core/clock.ts'
import { StoreUnavailableError, TransportError } from '../../src/core/errors.ts'
import { SharedPool } from '../../src/core/shared-pool.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { type PolledLine, PollLineRepository } from '../../src/db/lines/poll-lines.ts'
import { Poller, type PollerDeps } from '../../src/ingress/poller.ts'
import type { ActiveLine } from '../../src/lines/directory.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const TOKEN = 'prc_one'
const LINE = 7

/** What the store answers is lost on the way where a flag says so; the store has carried it out all the same. */
class LossyPollLines extends PollLineRepository {
  isClaimLost = false
  isReleaseRefused = false
  refused = 0

  override async take(token: string, ids: readonly number[], now: number): Promise<PolledLine[]> {
    const claimed = await super.take(token, ids, now)
    if (!this.isClaimLost) return claimed
    this.isClaimLost = false
    throw new StoreUnavailableError('the answer is lost')
  }

  override async release(token: string, lineId: number, dueAt: number): Promise<void> {
    if (this.isReleaseRefused) {
      this.refused += 1
      throw new StoreUnavailableError('the store is away')
    }
    await super.release(token, lineId, dueAt)
  }
}

for (const kind of testStores()) {
  describe(`polled lines on ${kind.name}`, () => {
    it('are polled from where they are, and how far they are is kept', async () => {
      await using rig = await openRig(kind)
      await rig.store.run("INSERT INTO poll_line (line_id, position) VALUES (?, '4')", [LINE])
      rig.poller.start()
      await waitFor(() => rig.polls.length >= 2, 'two polls')
      assert.deepEqual(rig.polls.slice(0, 2), ['4', '5'])
    })

    it('are polled although the answer to the claim was lost', async () => {
      await using rig = await openRig(kind)
      await rig.store.run('INSERT INTO poll_line (line_id) VALUES (?)', [LINE])
      rig.pollLines.isClaimLost = true
      rig.poller.start()
      await waitFor(() => rig.polls.length > 0, 'a poll')
      assert.equal(rig.pollLines.isClaimLost, false)
    })

    it('are polled again after the lease was suspended and they could not be given back', async () => {
      await using rig = await openRig(kind)
      await rig.store.run('INSERT INTO poll_line (line_id) VALUES (?)', [LINE])
      rig.poller.start()
      await waitFor(() => rig.polls.length > 0, 'a poll')
      rig.pollLines.isReleaseRefused = true
      rig.suspend()
      await waitFor(() => rig.pollLines.refused > 0, 'the end of polling')
      rig.pollLines.isReleaseRefused = false
      const before = rig.polls.length
      rig.resume()
      await waitFor(() => rig.polls.length > before, 'another poll')
    })

    it('are given back when the poller stops', async () => {
      await using rig = await openRig(kind)
      await rig.store.run('INSERT INTO poll_line (line_id) VALUES (?)', [LINE])
      rig.poller.start()
      await waitFor(() => rig.polls.length > 0, 'a poll')
      await rig.poller.stop()
      const [row] = await rig.store.rows<{ owner: unknown }>('SELECT owner FROM poll_line')
      assert.equal(row?.owner, null)
    })

    it('all have their turns, many more than there are places', async () => {
      const clock = createJumpClock()
      // A portal alone may have two of ten.
      await using rig = await openRig(kind, { clock })
      await rig.addLines('noisy', 12)
      rig.poller.start()
      await waitFor(() => rig.polled.size === 2, 'the first two')
      await rig.addLines('quiet', 1)
      await waitFor(() => {
        clock.jump(300)
        return rig.polled.size === 13
      }, 'a turn of each')
      assert.ok([...rig.polled].indexOf(13) < 5, 'the quiet one waited for the noisy ones')
      assert.ok(rig.most <= 3, `${rig.most} at once`)
    })

    it('that fail give their places up until their next try', async () => {
      const clock = createJumpClock()
      await using rig = await openRig(kind, { clock, isFailing: (lineId) => lineId <= 4 })
      await rig.addLines('portal', 5)
      rig.poller.start()
      await waitFor(() => rig.polled.size === 5, 'all five')
      const rows = await rig.store.rows<{ due_at: number | null }>(
        'SELECT due_at FROM poll_line WHERE line_id <= 4 AND owner IS NULL',
      )
      assert.equal(rows.length, 4)
    })
  })
}

interface RigOptions {
  readonly clock?: Clock
  isFailing?(lineId: number): boolean
}

async function openRig(
  kind: TestStore,
  { clock = systemClock, isFailing = () => false }: RigOptions = {},
) {
  const database = await kind.open()
  const key = Buffer.alloc(32).toString('base64')
  const config = parseConfig({ HUB_DATABASE_URL: database.databaseUrl, HUB_SECRET_KEY: key })
  const store = new Store(config.database)
  await migrateUp(store)
  const record = { token: TOKEN, host: 'here', pid: 1, roles: 'ingress' }
  await new ProcessRepository(store).register(record, Date.now() + 60_000, Date.now())
  const polls: (string | undefined)[] = []
  const polled = new Set<number>()
  let atOnce = 0
  let most = 0
  let lines = 0
  const suspended: (() => void)[] = []
  let isAlive = true
  /** Counts the position on; each poll takes as long as a channel without updates would, cut short. */
  const connector = {
    async poll(
      position: string | undefined,
      { id }: { id: number },
      { signal }: { signal: AbortSignal },
    ) {
      polls.push(position)
      polled.add(id)
      if (isFailing(id)) throw new TransportError('ECONNREFUSED', 'not-sent')
      most = Math.max(most, ++atOnce)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 10)
        signal.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve()
        })
      })
      atOnce -= 1
      return { updates: [], cursor: String(Number(position ?? 0) + 1) }
    },
  }
  const findLine = async (id: number): Promise<ActiveLine> =>
    ({ connector, line: { id }, record: { id } }) as unknown as ActiveLine
  const quiet = (): void => undefined
  const pollLines = new LossyPollLines(store)
  const deps: Partial<PollerDeps> = {
    clock,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    lease: {
      token: TOKEN,
      isAlive: () => isAlive,
      onSuspended: (listener) => void suspended.push(listener),
      onLost: quiet,
    },
    pollLines,
    health: { pollWorks: () => undefined, pollFailed: () => undefined },
    polls: new SharedPool({ name: 'polls', capacity: 10 }),
    findLine,
  }
  const poller = new Poller(deps as PollerDeps)
  return {
    store,
    pollLines,
    poller,
    polls,
    polled,
    get most() {
      return most
    },
    async addLines(portalId: string, count: number): Promise<void> {
      for (let added = 0; added < count; added++) {
        const row = [++lines, portalId, clock.now()]
        await store.run('INSERT INTO poll_line (line_id, portal_id, due_at) VALUES (?, ?, ?)', row)
      }
    },
    suspend() {
      isAlive = false
      for (const listener of suspended) listener()
    },
    resume() {
      isAlive = true
    },
    async [Symbol.asyncDispose]() {
      await poller.stop()
      await store.close()
      await database.dispose()
    },
  }
}
