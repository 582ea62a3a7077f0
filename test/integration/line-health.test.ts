import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeliveryError, TransportError } from '../../src/core/errors.ts'
import { SCRIPTED, startHealthRig } from '../helpers/health-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_TOKEN } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const REFUSAL = new DeliveryError(`the channel refused ${BOT_TOKEN}: 401 Unauthorized.`, {
  disposition: 'pause',
  outcome: 'not-sent',
  channelCode: '401',
  field: 'token',
})

for (const store of testStores()) {
  describe(`the health of a line on ${store.name}`, () => {
    it('is unknown before the line is connected and ok from then on, without a packet', async () => {
      await using rig = await startHealthRig(store)
      const fresh = { ...SCRIPTED, line: '8' }
      await rig.portal.hub.saveSettings({ ...fresh, settings: { token: '5:abcdef' } })
      const saved = await rig.portal.hub.getStatus<{ health: object }>(fresh)
      assert.equal((saved.health as { state: string }).state, 'unknown')
      assert.ok(!('checkedAt' in saved.health))
      const unasked = await rig.portal.hub.checkLine<{ state: string }>(fresh)
      assert.equal(unasked.state, 'unknown')
      assert.deepEqual(rig.script.checked, [])
      const { health } = await rig.status()
      assert.equal(health.state, 'ok')
      assert.equal(health.code, undefined)
      assert.equal((await rig.check()).state, 'ok')
      assert.deepEqual(rig.told(), [])
    })

    it('token_refused: broken at once, the status is failing, and no secret shows', async () => {
      await using rig = await startHealthRig(store)
      rig.script.answers = [[REFUSAL]]
      const health = await rig.check()
      assert.equal(health.state, 'broken')
      assert.equal(health.code, 'token_refused')
      assert.equal(health.action, 'credentials')
      assert.match(health.message ?? '', /refused.*401 Unauthorized/)
      assert.doesNotMatch(JSON.stringify(health), /PLANTED/)
      const status = await rig.status()
      assert.equal(status.status, 'failing')
      assert.deepEqual(status.health, health)
      const [told] = await rig.waitForTold(1)
      assert.deepEqual(told, health)
      const line = `${rig.portal.id}/scripted/7`
      const logged = rig.hub.logText().split('\n')
      const entry = logged.find((text) => text.includes('line.health-changed')) ?? ''
      assert.match(entry, new RegExp(`"line":"${line}"`))
      assert.match(entry, /"code":"token_refused"/)
      // The same again is no change.
      const again = await rig.check()
      assert.equal(again.since, health.since)
      assert.notEqual(again.checkedAt, health.checkedAt)
      rig.script.answers = [[]]
      assert.equal((await rig.check()).state, 'ok')
      assert.equal((await rig.status()).status, 'connected')
      const [, mended] = await rig.waitForTold(2)
      assert.equal(mended?.state, 'ok')
    })

    it('webhook_overwritten: broken at once, names the host, and the hub does not fight', async () => {
      await using rig = await startHealthRig(store)
      rig.script.answers = [[{ code: 'webhook_overwritten', host: 'rival.example' }]]
      const health = await rig.check()
      assert.deepEqual([health.state, health.code], ['broken', 'webhook_overwritten'])
      assert.equal(health.action, 'reconnect')
      assert.match(health.message ?? '', /rival\.example/)
      assert.equal(rig.script.installed.length, 1)
      rig.script.answers = [[]]
      await rig.portal.hub.testConnect(SCRIPTED)
      assert.equal(rig.script.installed.length, 2)
      assert.equal((await rig.status()).health.state, 'ok')
      assert.equal((await rig.waitForTold(2)).at(-1)?.state, 'ok')
    })

    it('webhook_missing: is set anew once; missing again soon it is broken', async () => {
      await using rig = await startHealthRig(store)
      rig.script.answers = [[{ code: 'webhook_missing' }]]
      assert.equal((await rig.check()).state, 'ok')
      assert.equal(rig.script.installed.length, 2)
      assert.match(rig.hub.logText(), /line\.webhook-repaired/)
      const health = await rig.check()
      assert.deepEqual([health.state, health.code], ['broken', 'webhook_missing'])
      assert.equal(health.action, 'reconnect')
      await rig.check()
      assert.equal(rig.script.installed.length, 2)
      assert.equal((await rig.waitForTold(1)).length, 1)
    })

    it('permission_missing: two looks before it is broken, one if the work goes on', async () => {
      await using rig = await startHealthRig(store)
      const finding = { code: 'permission_missing', permission: 'pages_messaging' } as const
      rig.script.answers = [[{ ...finding, isVital: true }]]
      assert.equal((await rig.check()).state, 'ok')
      const health = await rig.check()
      assert.deepEqual([health.state, health.action], ['broken', 'permissions'])
      assert.match(health.message ?? '', /pages_messaging/)
      rig.script.answers = [[{ ...finding, isVital: false }]]
      assert.equal((await rig.check()).state, 'degraded')
      assert.equal((await rig.status()).status, 'connected')
    })

    it('a doubtful finding is looked at again within a minute by itself', async () => {
      await using rig = await startHealthRig(store)
      rig.script.answers = [[{ code: 'permission_missing', permission: 'x', isVital: true }]]
      await rig.check()
      const before = rig.script.checked.length
      rig.clock.jump(62_000)
      await waitFor(() => rig.script.checked.length > before, 'the second look')
      const [told] = await rig.waitForTold(1)
      assert.equal(told?.code, 'permission_missing')
    })

    it('webhook_failing, channel_limits: degraded, with the words of the channel; the worst counts', async () => {
      await using rig = await startHealthRig(store)
      const since = Date.UTC(2026, 10, 20, 9, 7)
      const failing = {
        code: 'webhook_failing',
        words: 'Wrong response: 502',
        since,
        waiting: 17,
      } as const
      rig.script.answers = [[failing]]
      const health = await rig.check()
      assert.deepEqual([health.state, health.action], ['degraded', 'channel'])
      assert.match(health.message ?? '', /Wrong response: 502/)
      assert.match(health.message ?? '', /17/)
      assert.match(health.message ?? '', /2026-11-20 09:07 UTC/)
      rig.script.answers = [[{ code: 'channel_limits', words: 'quality: RED' }]]
      assert.match((await rig.check()).message ?? '', /quality: RED/)
      rig.script.answers = [
        [{ code: 'channel_limits', words: 'x' }, failing, { code: 'token_refused' }],
      ]
      assert.equal((await rig.check()).code, 'token_refused')
    })

    it('channel_unreachable: after three checks, and what was broken before stays', async () => {
      await using rig = await startHealthRig(store)
      rig.script.answers = [[new TransportError('ECONNREFUSED', 'not-sent')]]
      assert.equal((await rig.check()).state, 'ok')
      assert.equal((await rig.check()).state, 'ok')
      const health = await rig.check()
      assert.deepEqual(
        [health.state, health.code, health.action],
        ['degraded', 'channel_unreachable', 'none'],
      )
      rig.script.answers = [[REFUSAL], [new TransportError('ECONNREFUSED', 'not-sent')]]
      assert.equal((await rig.check()).code, 'token_refused')
      for (let check = 0; check < 3; check++) await rig.check()
      assert.equal((await rig.status()).health.code, 'token_refused')
    })

    it('nonsense, a bug and a check that hangs crash nothing', async () => {
      await using rig = await startHealthRig(store)
      rig.script.answers = ['nonsense', [new TypeError('a bug')], 'hang']
      assert.equal((await rig.check()).state, 'ok')
      assert.equal((await rig.check()).state, 'ok')
      rig.clock.jump(61_000)
      const asked = rig.portal.hub.checkLine<{ code: string }>(SCRIPTED)
      await waitFor(() => rig.script.checked.length >= 3, 'the check')
      rig.clock.jump(10_100)
      assert.equal((await asked).code, 'channel_unreachable')
      assert.match(rig.hub.logText(), /check\.failed/)
    })

    it('checkLine asks once a minute, and gives the last answer in between', async () => {
      await using rig = await startHealthRig(store)
      const first = await rig.check()
      rig.script.answers = [[REFUSAL]]
      const second = await rig.portal.hub.checkLine(SCRIPTED)
      assert.deepEqual(second, first)
      assert.equal(rig.script.checked.length, 1)
    })

    it('is checked by the clock, in every round', async () => {
      await using rig = await startHealthRig(store, { env: { HUB_CHECK_MINUTES: '30' } })
      for (let round = 1; round <= 2; round++) {
        rig.clock.jump(34 * 60_000)
        await waitFor(() => rig.script.checked.length >= round, `round ${round}`)
        await waitFor(async () => {
          const rows = await rig.hub.app.services.store.rows<{ due_at: number }>(
            'SELECT due_at FROM line_health',
          )
          return (rows[0]?.due_at ?? 0) > rig.clock.now() + 60_000
        }, 'the next appointment')
      }
      assert.equal(rig.script.checked.length, 2)
    })

    it('is not looked at any more when the line is disconnected or saved anew', async () => {
      await using rig = await startHealthRig(store)
      rig.script.answers = [[REFUSAL]]
      await rig.check()
      await rig.portal.hub.saveSettings({
        ...SCRIPTED,
        settings: { token: '4242:another', apiRoot: rig.telegram.url },
      })
      assert.equal((await rig.status()).health.state, 'unknown')
      rig.clock.jump(3_600_000)
      await rig.portal.hub.disconnect(SCRIPTED)
      assert.equal((await rig.status()).health.state, 'unknown')
      const rows = await rig.hub.app.services.store.rows('SELECT * FROM line_health')
      assert.deepEqual(rows, [])
    })
  })
}
