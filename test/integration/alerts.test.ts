import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ALERT_SECRET, type AlertReceiver, startAlertReceiver } from '../fakes/alert-receiver.ts'
import { runCli } from '../helpers/cli.ts'
import { startTestHub, TEST_KEY } from '../helpers/hub.ts'
import { startHubProcess } from '../helpers/hub-process.ts'
import { createJumpClock, type JumpClock } from '../helpers/jump-clock.ts'
import { startManyLines } from '../helpers/many-lines.ts'
import { startMariaDb } from '../helpers/mariadb.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

function envOf(receiver: AlertReceiver): Record<string, string> {
  return { HUB_ALERT_URL: receiver.url, HUB_ALERT_SECRET: ALERT_SECRET }
}

for (const testStore of testStores()) {
  describe(`alerts of a whole hub, ${testStore.name}`, () => {
    it('tell of lines that break and recover, of locks over 10 minutes and of dead letters', async () => {
      await using opened = await testStore.open()
      const clock = createJumpClock()
      await using receiver = await startAlertReceiver(() => clock.now())
      const env = { ...envOf(receiver), HUB_LOCKOUT_LADDER: '60,3600' }
      const { databaseUrl } = opened
      await using rig = await startManyLines(2, { databaseUrl, env, clock })
      const [one, two] = rig.tenants
      assert.ok(one && two)
      const { healthBook } = rig.hub.app.services
      const nameOf = (tenant: typeof one): string => `${tenant.portal.id}/telegram/1`
      const change = (state: 'broken' | 'ok'): Promise<void> =>
        healthBook.note({
          lineId: one.lineId,
          checkedAt: clock.now(),
          change: ({ channel: _, ...facts }) =>
            state === 'ok'
              ? facts
              : {
                  ...facts,
                  channel: { code: 'token_refused' as const },
                },
        })
      await change('broken')
      const [broken] = await waitForAlerts(receiver, 'line.broken', clock)
      assert.deepEqual(broken?.lines, [nameOf(one)])
      assert.deepEqual(
        [broken?.connector, broken?.count, broken?.code],
        ['telegram', 1, 'token_refused'],
      )
      assert.equal(broken?.hub, rig.hub.url)
      await change('ok')
      const [recovered] = await waitForAlerts(receiver, 'line.recovered', clock)
      assert.deepEqual(recovered?.lines, [nameOf(one)])

      two.portal.server.answer({ status: 500 })
      assert.equal((await two.post('PLANTED-TEXT')).status, 200)
      const { lineOperations } = rig.hub.app.services
      const address = { portalId: two.portal.id, connector: 'telegram', externalId: '1' }
      // The lock begins when the failure is settled, which comes after the portal's answer.
      await waitFor(
        async () => (await lineOperations.statusOf(address)).lockout !== undefined,
        'a lock',
        15_000,
      )
      clock.jump(11 * 60_000)
      const [lock] = await waitForAlerts(receiver, 'lock.old', clock)
      assert.deepEqual([lock?.lines, lock?.count], [[nameOf(two)], 1])
      two.portal.server.answer({ status: 410 })
      clock.jump(3_600_000)
      const [dead] = await waitForAlerts(receiver, 'dead_letters', clock)
      assert.deepEqual(dead?.lines, [nameOf(two)])
      assert.deepEqual(receiver.refused, [])
      assert.equal(JSON.stringify(receiver.alerts).includes('PLANTED'), false)
      assert.equal(rig.hub.logText().includes('SECRET-PATH'), false)
    })

    it('tell once of a process that was killed', async () => {
      await using opened = await testStore.open()
      await using receiver = await startAlertReceiver()
      const env = {
        ...envOf(receiver),
        HUB_DATABASE_URL: opened.databaseUrl,
        HUB_SECRET_KEY: TEST_KEY,
        HUB_WORKERS: '2',
      }
      await using first = await startHubProcess({ ...env, HUB_WORKERS: '1' })
      await first.kill('SIGKILL')
      await using second = await startHubProcess(env)
      const [died] = await waitForAlerts(receiver, 'process.died')
      assert.match(String(died?.processes), new RegExp(`\\(${first.pid}\\)$`))
      await second.kill('SIGTERM')
      assert.equal(receiver.ofType('process.died').length, 1)
    })
  })
}

async function waitForAlerts(
  receiver: AlertReceiver,
  type: Parameters<AlertReceiver['ofType']>[0],
  clock?: JumpClock,
): Promise<ReturnType<AlertReceiver['ofType']>> {
  let looks = 0
  await waitFor(
    () => {
      looks += 1
      // The hub looks every few seconds, and gathers for some.
      if (looks % 10 === 0) clock?.jump(1000)
      return receiver.ofType(type).length > 0
    },
    () => `${type}; there are ${JSON.stringify(receiver.alerts)}`,
    30_000,
  )
  return receiver.ofType(type)
}

describe('alerts of a store', () => {
  it('that goes away, and of one that is back', async () => {
    await using server = await startMariaDb()
    const databaseUrl = await server.createDatabase()
    const clock = createJumpClock()
    await using receiver = await startAlertReceiver(() => clock.now())
    await using hub = await startTestHub({ databaseUrl, clock, env: envOf(receiver) })
    assert.ok(hub.url)
    await server.kill()
    await waitForAlerts(receiver, 'store.away', clock)
    await server.restart()
    await waitForAlerts(receiver, 'store.back', clock)
    assert.equal(receiver.alerts.length, 2)
  })
})

describe('hub alert test', () => {
  it('sends one and says whether it was taken', async () => {
    await using receiver = await startAlertReceiver()
    const taken = await runCli(['alert', 'test'], envOf(receiver))
    assert.equal(taken.code, 0, taken.stderr)
    assert.deepEqual(
      receiver.alerts.map(({ type }) => type),
      ['test'],
    )
    receiver.answer = 503
    const refused = await runCli(['alert', 'test'], envOf(receiver))
    assert.deepEqual(
      [refused.code, refused.stderr],
      [1, 'hub: the alert was not taken: HTTP 503\n'],
    )
    const off = await runCli(['alert', 'test'], { HUB_PORT: '1' })
    assert.equal(off.code, 1)
    const bad = await runCli(['check'], { HUB_ALERT_URL: receiver.url })
    assert.equal(bad.code, 78)
    assert.match(bad.stderr, /HUB_ALERT_SECRET is required/)
  })
})
