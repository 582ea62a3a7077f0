import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import { fillLines } from '../../bench/harness/fill.ts'
import { startTestHub, TEST_KEY } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { createCheckScript, scriptedConnector } from '../helpers/scripted-connector.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { withStore } from '../helpers/with-store.ts'

const LINES = 800

for (const store of testStores()) {
  describe(`rounds of checks over many lines on ${store.name}`, () => {
    it('keep to the rate, ask each line once, and cost less than a statement per line', async () => {
      await using rig = await openRig(
        store,
        { HUB_CHECK_RATE: '200', HUB_CHECK_MINUTES: '60' },
        { scripted: LINES },
      )
      await waitFor(
        async () => (await rig.rows('due_at IS NOT NULL')) === LINES,
        'the rows',
        10_000,
      )
      const statements = rig.countStatements()
      const startedAt = rig.clock.now()
      rig.clock.jump(61 * 60_000)
      await waitFor(
        () => rig.script.checked.length >= LINES,
        () => `${rig.script.checked.length} checks`,
        60_000,
      )
      const seconds = (rig.clock.now() - startedAt - 61 * 60_000) / 1000
      // A second's worth may come at once at the beginning.
      assert.ok(LINES <= 200 * (seconds + 1) * 1.05, `${LINES} in ${seconds} s`)
      await waitFor(async () => (await rig.rows("state = 'ok'")) === LINES, 'all written', 10_000)
      assert.equal(new Set(rig.script.checked).size, LINES)
      // What else the process does in the meantime is counted as well.
      assert.ok(statements() < LINES, `${statements()} statements for ${LINES} lines`)
      const counts = await rig.hub.app.services.lineChecks.countLinesByHealth()
      assert.deepEqual(counts, [
        { connector: 'scripted', status: 'connected', health: 'ok', count: LINES },
      ])
    })

    it('an outage that breaks all lines at once is told in batches, per channel', async () => {
      await using rig = await openRig(
        store,
        { HUB_CHECK_RATE: '500', HUB_CHECK_MINUTES: '60' },
        { scripted: 600 },
      )
      rig.script.answers = [[{ code: 'token_refused' }]]
      const batches: { connector: string; lines: number; examples: readonly string[] }[] = []
      rig.hub.app.services.healthBook.listen({ onTransitions: (batch) => batches.push(...batch) })
      await waitFor(async () => (await rig.rows('due_at IS NOT NULL')) === 600, 'the rows', 10_000)
      rig.clock.jump(61 * 60_000)
      await waitFor(async () => (await rig.rows("state = 'broken'")) === 600, 'all broken', 20_000)
      await waitFor(() => batches.reduce((sum, { lines }) => sum + lines, 0) === 600, 'the news')
      assert.ok(batches.length <= 60, `${batches.length} batches`)
      assert.ok(batches.every(({ examples }) => examples.length <= 10))
    })

    it('a channel that hangs stops no other channel', async () => {
      await using rig = await openRig(
        store,
        { HUB_CHECK_RATE: '1000', HUB_CHECK_MINUTES: '60' },
        { scripted: 100, hanging: 1200 },
      )
      await waitFor(async () => (await rig.rows('due_at IS NOT NULL')) === 1300, 'the rows', 10_000)
      // The hanging channel's are all before the others.
      const { db } = rig
      await db.run("UPDATE line_health SET due_at = 1 WHERE connector = 'hanging'")
      await db.run("UPDATE line_health SET due_at = 2 WHERE connector = 'scripted'")
      await waitFor(
        () => rig.script.checked.length === 100,
        () => `${rig.script.checked.length} of the others`,
        20_000,
      )
      assert.equal(await rig.rows("connector = 'hanging' AND checked_at IS NOT NULL"), 0)
    })

    it('checks that a killed process had begun are made by another', async () => {
      await using rig = await openRig(store, { HUB_CHECK_MINUTES: '60' }, { scripted: 5 })
      rig.script.answers = ['hang']
      const { db } = rig
      await waitFor(async () => (await rig.rows('due_at IS NOT NULL')) === 5, 'the rows')
      await db.run('UPDATE line_health SET due_at = 1')
      await waitFor(() => rig.script.checked.length === 5, 'the first checks')
      // It is gone without a word: its row stays, and what it had in hand is nobody's.
      rig.script.answers = [[]]
      await rig.hub.restart()
      rig.clock.jump(31_000)
      await waitFor(() => rig.script.checked.length === 10, 'the second checks', 15_000)
      await waitFor(async () => (await rig.rows("state = 'ok'")) === 5, 'their end', 15_000)
    })
  })
}

interface Wanted {
  readonly scripted: number
  readonly hanging?: number
}

/** A hub that is started on a store with connected lines, one portal for each channel. */
async function openRig(
  store: ReturnType<typeof testStores>[number],
  env: Readonly<Record<string, string>>,
  { scripted, hanging: ofHanging = 0 }: Wanted,
) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const portal = { databaseUrl, secretKey: TEST_KEY, portalUrls: ['http://127.0.0.1:9'] }
  const [made] = await fillLines({ ...portal, linesPerPortal: scripted + ofHanging })
  assert.ok(made)
  await withStore(databaseUrl, async (db) => {
    await db.run("UPDATE line SET connector = 'scripted'")
    await db.run("UPDATE line SET connector = 'hanging' WHERE id <= ?", [ofHanging])
  })
  const script = createCheckScript()
  const hanging = createCheckScript('hang')
  const clock = createJumpClock()
  const hub = stack.use(
    await startTestHub({
      ...{ databaseUrl, clock, env },
      connectors: [
        ...connectors,
        scriptedConnector(script),
        scriptedConnector(hanging, { id: 'hanging' }),
      ],
    }),
  )
  return {
    ...{ script, hanging, clock, hub },
    db: hub.app.services.store,
    async rows(where: string): Promise<number> {
      const [row] = await hub.app.services.store.rows<{ n: number }>(
        `SELECT COUNT(*) AS n FROM line_health WHERE ${where}`,
      )
      return row?.n ?? 0
    },
    /** Statements since now, whoever needs them. */
    countStatements(): () => number {
      let count = 0
      hub.app.services.store.knex.on('query', () => {
        count += 1
      })
      return () => count
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
