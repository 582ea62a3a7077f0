import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CommRig, openCommRig } from '../helpers/comm-rig.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { withStore } from '../helpers/with-store.ts'

const MINUTE = 60_000

async function people(rig: CommRig, count: number): Promise<number[]> {
  const chats = Array.from({ length: count }, (_, index) => index + 1)
  await Promise.all(chats.map((chat) => rig.says(chat, 'hi')))
  await waitFor(async () => {
    const { items } = await rig.call<{ items: { lastSeenAt?: string }[] }>('listRecipients', {
      limit: 500,
    })
    return items.length === count && items.every(({ lastSeenAt }) => lastSeenAt)
  })
  return chats
}

async function mailing(rig: CommRig, more: object = {}): Promise<string> {
  await rig.call('saveScript', { code: 'news', steps: [{ send: { text: 'News' } }] })
  await rig.call('saveBroadcast', { code: 'all', script: 'news', filter: {}, ...more })
  const { run } = await rig.call<{ run: string }>('startBroadcast', { code: 'all' })
  return run
}

/** Makes recipients of the rig's line, as many as nobody would write for. */
async function crowd(rig: CommRig, count: number, part: number): Promise<void> {
  const { lead } = await rig.call<{ lead: number }>('getRecipient', { chat: { id: '1' } })
  const chats = Array.from({ length: count }, (_, index) => `${10_000 + part * count + index}`)
  await withStore(rig.databaseUrl, async (store) => {
    await store.transaction((trx) =>
      trx.run(
        `INSERT INTO recipient (line_id, portal_id, chat_id, person_data, tags, attributes, first_seen_at)
         SELECT r.line_id, r.portal_id, c.chat, '{}', '[]', '{}', 1 FROM recipient r
         JOIN (${chats.map((chat) => `SELECT '${chat}' AS chat`).join(' UNION ALL ')}) c WHERE r.lead = ?`,
        [lead],
      ),
    )
  })
}

interface RunPage {
  readonly items: readonly { readonly run: string; readonly state: string }[]
  readonly cursor?: string
}

const reached = (rig: CommRig, chats: readonly number[]): number =>
  chats.filter((chat) => rig.sentTo(chat).length > 0).length

for (const store of testStores()) {
  describe(`broadcasts on ${store.name}`, () => {
    it('take whom the filter finds, once each', async () => {
      await using rig = await openCommRig(store)
      await people(rig, 6)
      const tag = async (chat: number, ...addTags: string[]) =>
        rig.call('updateRecipient', { chat: { id: String(chat) }, addTags })
      await tag(1, 'vip')
      await tag(2, 'vip', 'staff')
      await tag(3, 'vip', 'unsubscribed')
      await tag(4, 'vip')
      const run = await mailing(rig, {
        filter: { tags: ['vip'], notTags: ['staff'], condition: 'return lead.chat.id !== "4"' },
      })
      const [finished] = await rig.waitForEvents('broadcast.finished', 1)
      assert.equal(finished?.['run'], run)
      assert.equal(finished?.['total'], 2)
      assert.equal(finished?.['sent'], 1)
      assert.equal(finished?.['skipped'], 1)
      assert.deepEqual(
        [1, 2, 3, 4, 5].map((chat) => rig.sentTo(chat).length),
        [1, 0, 0, 0, 0],
      )
    })

    it('keep to their rate, stand still while they are paused, and end when cancelled', async () => {
      await using rig = await openCommRig(store)
      const chats = await people(rig, 12)
      const run = await mailing(rig, { ratePerMinute: 6 })
      await waitFor(() => reached(rig, chats) === 1)
      for (const count of [2, 3]) {
        await rig.allNoted()
        rig.clock.jump(10_000)
        await waitFor(() => reached(rig, chats) === count)
      }
      await rig.allNoted()
      const paused = await rig.call('pauseBroadcast', { run })
      assert.equal(paused['state'], 'paused')
      rig.clock.jump(10 * MINUTE)
      await new Promise((resolve) => setTimeout(resolve, 400))
      assert.equal(reached(rig, chats), 3)
      assert.equal((await rig.call('resumeBroadcast', { run }))['state'], 'running')
      rig.clock.jump(10_000)
      await waitFor(() => reached(rig, chats) >= 4)
      const eta = (await rig.call('getBroadcast', { run }))['etaSec']
      assert.ok(Number(eta) > 0)
      await rig.call('cancelBroadcast', { run })
      const [finished] = await rig.waitForEvents('broadcast.finished', 1)
      const sent = reached(rig, chats)
      assert.ok(sent < 12)
      assert.equal(finished?.['state'], 'cancelled')
      assert.equal(finished?.['total'], 12)
      await waitFor(async () => {
        const now = await rig.call('getBroadcast', { run })
        return now['sent'] === sent && now['skipped'] === 12 - sent && now['queued'] === 0
      })
      rig.clock.jump(MINUTE)
      assert.equal(reached(rig, chats), sent)
      const over = await failureOf(rig.call('resumeBroadcast', { run }))
      assert.equal(over.hubCode, 'HUB_WRONG_STATE')
    })

    it('that are stopped have little in the outbox that goes out all the same', async () => {
      await using rig = await openCommRig(store)
      await people(rig, 1)
      for (let part = 0; part < 4; part++) await crowd(rig, 400, part)
      const run = await mailing(rig)
      const read = () => rig.call<Record<string, number>>('getBroadcast', { run })
      const waiting = async () => {
        const { outbound } = await rig.call<{ outbound: { depth: number } }>('getStatus')
        return outbound.depth
      }
      await waitFor(async () => (await waiting()) > 300)
      const most: number[] = []
      await waitFor(async () => most.push(await waiting()) > 20)
      assert.ok(Math.max(...most) <= 800, `${most}`)
      await rig.call('cancelBroadcast', { run })
      await rig.waitForEvents('broadcast.finished', 1)
      const { skipped = 0 } = await read()
      assert.ok(skipped > 700, `${skipped}`)
    })

    it('send nothing in quiet hours, and go on behind them', async () => {
      await using rig = await openCommRig(store)
      const chats = await people(rig, 3)
      const now = new Date(rig.clock.now())
      const hour = (offset: number) =>
        `${String((now.getUTCHours() + offset + 24) % 24).padStart(2, '0')}:00`
      await mailing(rig, { quietHours: { from: hour(0), to: hour(2), timeZone: 'UTC' } })
      await new Promise((resolve) => setTimeout(resolve, 500))
      assert.equal(reached(rig, chats), 0)
      rig.clock.jump(121 * MINUTE)
      await waitFor(() => reached(rig, chats) === 3)
    })

    it('whoever answers with a word of theirs gets no more of them', async () => {
      await using rig = await openCommRig(store)
      const chats = await people(rig, 2)
      await mailing(rig, { optOut: ['stop', 'стоп'] })
      await waitFor(() => reached(rig, chats) === 2)
      await rig.says(1, ' СТОП ')
      await waitFor(async () => {
        const { tags } = await rig.call<{ tags: string[] }>('getRecipient', { chat: { id: '1' } })
        return tags.includes('unsubscribed')
      })
      const preview = await rig.call<{ matches: number; sample: { chat: { id: string } }[] }>(
        'previewBroadcast',
        { code: 'all' },
      )
      assert.equal(preview.matches, 1)
      assert.deepEqual(
        preview.sample.map(({ chat }) => chat.id),
        ['2'],
      )
    })

    it('are found again by their broadcast, the latest first', async () => {
      await using rig = await openCommRig(store)
      await people(rig, 1)
      const first = await mailing(rig)
      const start = { code: 'all', at: '2100-01-01T00:00:00Z' }
      const { run: second } = await rig.call<{ run: string }>('startBroadcast', start)
      const list = (more: object) =>
        rig.call<RunPage>('listBroadcastRuns', { code: 'all', ...more })
      const { items, cursor } = await list({ limit: 1 })
      assert.deepEqual(
        items.map(({ run, state }) => [run, state]),
        [[second, 'scheduled']],
      )
      const next = await list({ limit: 1, ...(cursor !== undefined && { cursor }) })
      assert.deepEqual([next.items.map(({ run }) => run), next.cursor], [[first], undefined])
      for (const cursor of ['x', 'job_00000000001']) {
        assert.deepEqual((await failureOf(list({ cursor }))).fields, ['cursor'])
      }
      assert.equal((await failureOf(list({ code: 'none' }))).hubCode, 'HUB_UNKNOWN_BROADCAST')
    })

    it('pass over whoever has blocked the account a moment ago', async () => {
      await using rig = await openCommRig(store)
      await people(rig, 2)
      await rig.blocks(1)
      const run = await mailing(rig)
      await rig.waitForEvents('broadcast.finished', 1)
      const { blocked, sent } = await rig.call('getBroadcast', { run })
      assert.deepEqual({ blocked, sent }, { blocked: 1, sent: 1 })
    })

    it('a job starts a broadcast, also again and again', async () => {
      await using rig = await openCommRig(store)
      const chats = await people(rig, 2)
      await rig.call('saveScript', {
        code: 'news',
        steps: [{ send: { text: 'No {{ params.no }}' } }],
      })
      await rig.call('saveBroadcast', { code: 'all', script: 'news', filter: {} })
      const { id } = await rig.call<{ id: string }>('scheduleJob', {
        broadcast: 'all',
        periodSec: 3600,
        params: { no: 5 },
      })
      await waitFor(() => reached(rig, chats) === 2)
      await waitFor(async () => (await rig.call('getJob', { id }))['state'] === 'scheduled')
      await rig.allNoted()
      rig.clock.jump(61 * MINUTE)
      await waitFor(() => rig.sentTo(1).length === 2)
      assert.deepEqual(rig.sentTo(1), ['No 5', 'No 5'])
    })

    it('are refused where they can not be', async () => {
      await using rig = await openCommRig(store)
      const bad = await failureOf(
        rig.call('saveBroadcast', {
          code: 'x',
          script: 's',
          filter: { tags: [''], condition: 'return (' },
          ratePerMinute: 0,
          quietHours: { from: '25:00', to: '08:00', timeZone: 'Nowhere/City' },
        }),
      )
      assert.deepEqual(bad.fields, [
        'filter.tags.0',
        'quietHours.from',
        'quietHours.timeZone',
        'ratePerMinute',
      ])
      const missing = await failureOf(
        rig.call('saveBroadcast', { code: 'x', script: 's', filter: {} }),
      )
      assert.equal(missing.hubCode, 'HUB_UNKNOWN_SCRIPT')
      const nobody = await failureOf(rig.call('getBroadcast', { run: 'brn_00000000009' }))
      assert.equal(nobody.hubCode, 'HUB_UNKNOWN_RUN')
      await rig.call('saveScript', { code: 's', steps: [{ send: { text: 'x' } }] })
      await rig.call('saveBroadcast', { code: 'x', script: 's', filter: { tags: ['none'] } })
      const { run } = await rig.call<{ run: string }>('startBroadcast', { code: 'x' })
      const [finished] = await rig.waitForEvents('broadcast.finished', 1)
      assert.deepEqual([finished?.['run'], finished?.['total']], [run, 0])
    })
  })
}
