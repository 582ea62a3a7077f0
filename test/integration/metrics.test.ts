import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startTestHub } from '../helpers/hub.ts'
import { startHubProcess } from '../helpers/hub-process.ts'
import { startManyLines } from '../helpers/many-lines.ts'
import { startMariaDb } from '../helpers/mariadb.ts'
import { readMetric, scrape } from '../helpers/metrics.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const TOKEN = 'TEST-admin-token-of-24-characters'
const ENV = { HUB_ADMIN_TOKEN: TOKEN, HUB_LOCKOUT_LADDER: '3600' }

for (const testStore of testStores()) {
  describe(`metrics of a whole hub, ${testStore.name}`, () => {
    it('count updates, events, packets, sends and commits, and what waits', async () => {
      await using opened = await testStore.open()
      await using rig = await startManyLines(2, { databaseUrl: opened.databaseUrl, env: ENV })
      const [tenant] = rig.tenants
      assert.ok(tenant)
      const { portal } = tenant
      assert.equal((await tenant.post('hello')).status, 200)
      await fetch(`${rig.hub.url}/webhook?hash=${'0'.repeat(32)}`, { method: 'POST' })
      await waitFor(() => portal.server.events.length > 0, 'a packet')
      await portal.hub.sendMessage({
        connector: 'telegram',
        line: '1',
        chat: { id: '5' },
        message: { text: 'SECRET-TEXT' },
      })
      const text = await waitFor(async () => {
        const now = await scrape(rig.hub.url, TOKEN)
        return readMetric(now, 'hub_sends_total{connector="telegram",outcome="sent"}') === 1
          ? now
          : undefined
      }, 'the send to be counted')
      const values = {
        'hub_webhook_requests_total{connector="telegram",answer="2xx"}': 1,
        'hub_webhook_requests_total{connector="other",answer="HUB_UNKNOWN_LINE"}': 1,
        'hub_update_commit_seconds_count{connector="telegram"}': 1,
        'hub_events_total{connector="telegram",type="message.new"}': 1,
        'hub_send_seconds_count{connector="telegram"}': 1,
        'hub_lines{connector="telegram",status="connected",health="ok"}': 2,
        hub_store_up: 1,
        hub_jobs_late: 0,
        hub_journal_dropped_total: 0,
        'hub_dead_letters_total{reason="expired"}': 0,
      }
      for (const [name, value] of Object.entries(values)) {
        assert.equal(readMetric(text, name), value, name)
      }
      const accepted = readMetric(text, 'hub_packets_total{outcome="accepted"}') ?? 0
      assert.ok(accepted >= 1)
      assert.ok(
        (readMetric(text, 'hub_channel_calls_total{connector="telegram",code="200"}') ?? 0) > 2,
      )
      const commits = readMetric(text, 'hub_store_commit_seconds_count') ?? 0
      assert.ok(commits > 3, `${commits} commits`)
      assert.ok((readMetric(text, 'hub_store_commit_rows_sum') ?? 0) >= commits / 2)
      assert.ok((readMetric(text, 'process_cpu_seconds_total') ?? 0) > 0)
      for (const told of [portal.id, 'SECRET-TEXT', 'PLANTED'])
        assert.equal(text.includes(told), false)
    })

    it('say how much waits, since when, and how many lines are locked', async () => {
      await using opened = await testStore.open()
      await using rig = await startManyLines(2, { databaseUrl: opened.databaseUrl, env: ENV })
      for (const { portal, post } of rig.tenants) {
        portal.server.answer({ status: 500 })
        for (const text of ['one', 'two', 'three']) assert.equal((await post(text)).status, 200)
      }
      const text = await waitFor(
        async () => {
          const now = await scrape(rig.hub.url, TOKEN)
          return readMetric(now, 'hub_inbox_locked_lines') === 2 ? now : undefined
        },
        'both lines to be locked',
        15_000,
      )
      assert.equal(readMetric(text, 'hub_inbox_depth'), 6)
      const age = readMetric(text, 'hub_inbox_oldest_age_seconds') ?? 0
      assert.ok(age > 0 && age < 60, `${age}`)
      assert.ok((readMetric(text, 'hub_packets_total{outcome="refused"}') ?? 0) >= 2)
    })
  })
}

describe('metrics while the store is away', () => {
  it('give what this process knows, at once, and say that the store is away', async () => {
    await using server = await startMariaDb()
    const databaseUrl = await server.createDatabase()
    await using hub = await startTestHub({ databaseUrl, env: ENV })
    assert.equal(readMetric(await scrape(hub.url, TOKEN), 'hub_store_up'), 1)
    await server.kill()
    const text = await waitFor(
      async () => {
        const startedAt = performance.now()
        const now = await scrape(hub.url, TOKEN)
        assert.ok(performance.now() - startedAt < 1000)
        return readMetric(now, 'hub_store_up') === 0 ? now : undefined
      },
      'the store to be seen away',
      15_000,
    )
    assert.equal(readMetric(text, 'hub_inbox_depth'), undefined)
    assert.equal(readMetric(text, 'hub_jobs_late'), 0)
    await server.restart()
    await waitFor(
      async () => readMetric(await scrape(hub.url, TOKEN), 'hub_inbox_depth') === 0,
      'the store to be back',
      20_000,
    )
  })
})

describe('metrics of several processes', () => {
  it('are those of all together, whichever answers', async () => {
    const [sqlite] = testStores()
    assert.ok(sqlite)
    await using opened = await sqlite.open()
    const env = { HUB_WORKERS: '2', HUB_ADMIN_TOKEN: TOKEN, HUB_DATABASE_URL: opened.databaseUrl }
    await using hub = await startHubProcess(env)
    await waitFor(
      () => hub.output().split('"hub.listening"').length === 3,
      'both workers to listen',
      20_000,
    )
    for (let count = 0; count < 10; count++) {
      await fetch(`${hub.url}/webhook?hash=${'0'.repeat(32)}`, { method: 'POST' })
    }
    const name = 'hub_webhook_requests_total{connector="other",answer="HUB_UNKNOWN_LINE"}'
    for (let count = 0; count < 6; count++) {
      const text = await scrape(hub.url, TOKEN)
      assert.equal(readMetric(text, name), 10)
      assert.equal(readMetric(text, 'hub_store_up'), 1)
      assert.equal(readMetric(text, 'hub_pool_capacity{pool="connections"}'), 40_000)
    }
  })
})
