import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { prune } from '../../src/jobs/prune.ts'
import { startChannelRig } from '../helpers/channel-rig.ts'
import { addTestPortal } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { failureOf } from '../helpers/rpc.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const ADDRESS = { connector: 'telegram', line: '12' }
const MINUTE_MS = 60_000
const DAY_MS = 24 * 3600 * 1000

interface Item {
  readonly id: number
  readonly direction: 'in' | 'out'
  readonly party: 'channel' | 'portal'
  readonly method: string
  readonly address: string
  readonly status?: number
  readonly error?: string
  readonly ms: number
  readonly request: { headers: Record<string, string>; body?: string; isCut?: true; bytes?: number }
  readonly response: { headers: Record<string, string>; body?: string; isCut?: true }
  readonly events?: readonly { readonly type: string }[]
}

interface Page {
  readonly items: readonly Item[]
  readonly cursor?: string
  readonly trace?: { readonly until: string; readonly bodies: boolean }
}

async function open(store: TestStore) {
  const telegram = await startTelegramWithBot()
  const settings = { token: BOT_TOKEN, apiRoot: telegram.url }
  const clock = createJumpClock()
  const rig = await startChannelRig(store, telegram, { ...ADDRESS, settings }, { clock })
  await rig.connect()
  const { hub } = rig.portal
  return {
    ...rig,
    telegram,
    clock,
    start: (more: object = {}) => hub.startTrace({ ...ADDRESS, minutes: 5, ...more }),
    get: (more: object = {}) => hub.getTrace<Page>({ ...ADDRESS, ...more }),
    write: (text: string, message_id = 1001) =>
      telegram.push(BOT_ID, {
        message: {
          message_id,
          date: 1_767_225_600,
          text,
          chat: { id: 55, type: 'private', first_name: 'Ann' },
          from: { id: 55, is_bot: false, first_name: 'Ann' },
        },
      }),
    send: (text: string) => hub.sendMessage({ ...ADDRESS, chat: { id: '55' }, message: { text } }),
    rows: async () => {
      const { store: db, traces } = rig.hub.app.services
      await traces.recorder.flush()
      const rows = await db.rows<{ item: string }>('SELECT item FROM trace_item ORDER BY id')
      return rows.map(({ item }) => item)
    },
  }
}

function kindsOf(items: readonly Item[]): string[] {
  return items.map(({ direction, party }) => `${direction} ${party}`)
}

for (const store of testStores()) {
  describe(`traces on ${store.name}`, () => {
    it('keeps the exchanges of each direction, without a word of anybody', async () => {
      await using bench = await open(store)
      await bench.start()
      await bench.write('TEXT-OF-ANN')
      await bench.arrived(1)
      await bench.send('TEXT-OF-THE-DESK')
      await bench.arrived(2)
      const { items, trace } = await bench.get()
      assert.deepEqual(trace?.bodies, false)
      assert.deepEqual(
        new Set(kindsOf(items)),
        new Set(['in channel', 'out portal', 'in portal', 'out channel']),
      )
      const sent = items.find(({ address }) => address.endsWith('/bot[secret]/sendMessage'))
      assert.deepEqual([sent?.method, sent?.status, typeof sent?.ms], ['POST', 200, 'number'])
      const webhook = items.find(({ direction, party }) => `${direction} ${party}` === 'in channel')
      assert.equal(webhook?.address, `${bench.hub.url}/webhook?hash=[secret]`)
      assert.equal(webhook.request.headers['content-type'], 'application/json')
      const kept = (await bench.rows()).join('\n')
      assert.doesNotMatch(kept, /TEXT-OF|Ann|body/)
      assert.ok(!kept.includes(BOT_TOKEN.slice(8)))
    })

    it('keeps bodies and events if asked to', async () => {
      await using bench = await open(store)
      await bench.start({ bodies: true })
      await bench.write('TEXT-OF-ANN')
      await bench.arrived(1)
      await bench.send('TEXT-OF-THE-DESK')
      await bench.arrived(2)
      const { items } = await bench.get()
      const webhook = items.find(({ events }) => events)
      assert.match(String(webhook?.request.body), /TEXT-OF-ANN/)
      assert.deepEqual(
        webhook?.events?.map(({ type }) => type),
        ['message.new'],
      )
      const all = items.map(({ address, request, response }) => [
        address.split('/').at(-1),
        request.body !== undefined,
        response.body !== undefined,
      ])
      assert.ok(all.some(([end, asked, answered]) => end === 'sendMessage' && asked && answered))
      const call = items.find(({ direction, party }) => `${direction} ${party}` === 'in portal')
      assert.match(String(call?.request.body), /TEXT-OF-THE-DESK/)
      assert.match(String(call?.response.body), /out_/)
    })

    it('ends when its minutes are over, and when it is told to', async () => {
      await using bench = await open(store)
      await bench.start({ minutes: 1 })
      bench.clock.jump(MINUTE_MS)
      await bench.write('late')
      await bench.arrived(1)
      assert.deepEqual(await bench.get(), { items: [] })
      await waitFor(() => /"trace.stopped".*"reason":"time"/.test(bench.hub.logText()))
      await bench.start()
      assert.deepEqual(await bench.portal.hub.stopTrace(ADDRESS), { stopped: true })
      assert.deepEqual(await bench.portal.hub.stopTrace(ADDRESS), { stopped: false })
      await bench.write('later', 1002)
      await bench.arrived(2)
      assert.deepEqual(await bench.get(), { items: [] })
      assert.match(bench.hub.logText(), /"trace.stopped".*"reason":"asked"/)
    })

    it("is nobody's but the portal's own", async () => {
      await using bench = await open(store)
      await bench.start()
      await bench.write('hello')
      await bench.arrived(1)
      await using other = await addTestPortal(bench.hub)
      for (const method of ['startTrace', 'stopTrace', 'getTrace'] as const) {
        const params = method === 'startTrace' ? { ...ADDRESS, minutes: 1 } : ADDRESS
        assert.equal((await failureOf(other.hub[method](params))).hubCode, 'HUB_UNKNOWN_LINE')
      }
    })

    it('keeps everything for seven days, and of ten lines of a portal at once', async () => {
      await using bench = await open(store)
      const { hub } = bench.portal
      await bench.start()
      await bench.write('hello')
      await bench.arrived(1)
      const { length } = await bench.rows()
      assert.ok(length > 0)
      const options = { dedupeMs: DAY_MS, deadLetterMs: DAY_MS }
      const after = (days: number): Promise<object> =>
        prune(bench.hub.app.services.store, bench.clock.now() + days * DAY_MS, options)
      assert.equal(((await after(6.9)) as { traceItems: number }).traceItems, 0)
      assert.equal(((await after(7.1)) as { traceItems: number }).traceItems, length)
      for (let count = 0; count < 10; count++) {
        const line = { connector: 'telegram', line: `more-${count}` }
        await hub.saveSettings({ ...line, settings: { token: `${count}:x` } })
        const started = hub.startTrace({ ...line, minutes: 1 })
        if (count < 9) await started
        else assert.equal((await failureOf(started)).hubCode, 'HUB_LIMIT')
      }
    })

    it('names bad params', async () => {
      await using bench = await open(store)
      const { hub } = bench.portal
      const bad: [Promise<unknown>, string[]][] = [
        [hub.startTrace({ ...ADDRESS }), ['minutes']],
        [hub.startTrace({ ...ADDRESS, minutes: 0 }), ['minutes']],
        [hub.startTrace({ ...ADDRESS, minutes: 1441 }), ['minutes']],
        [hub.startTrace({ ...ADDRESS, minutes: 1.5, bodies: 'yes' }), ['bodies', 'minutes']],
        [hub.getTrace({ ...ADDRESS, since: 'yesterday', limit: 0 }), ['limit', 'since']],
        [hub.getTrace({ ...ADDRESS, cursor: '-1' }), ['cursor']],
      ]
      for (const [call, fields] of bad) assert.deepEqual((await failureOf(call)).fields, fields)
    })

    it('cuts bodies at 64 KiB, says so of what is no text, and pages within 4 MiB', async () => {
      await using bench = await open(store)
      await bench.start({ bodies: true })
      for (let count = 0; count < 40; count++) {
        await bench.write(`${'€'.repeat(30_000)}${count}`, 2000 + count)
      }
      let cursor: string | undefined
      let found = 0
      let pages = 0
      do {
        const page: Page = await bench.get({ limit: 200, ...(cursor ? { cursor } : {}) })
        assert.ok(Buffer.byteLength(JSON.stringify(page)) < 4 * 1024 * 1024)
        for (const { request } of page.items.filter(({ events }) => events)) {
          found += 1
          assert.equal(request.isCut, true)
          assert.ok(Buffer.byteLength(String(request.body)) <= 64 * 1024 + 20)
          assert.ok(!request.body?.includes('�'))
        }
        cursor = page.cursor
        pages += 1
      } while (cursor)
      assert.equal(found, 40)
      assert.ok(pages > 1)
    })
  })
}
