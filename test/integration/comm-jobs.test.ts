import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CommRig, openCommRig } from '../helpers/comm-rig.ts'
import { addTestPortal } from '../helpers/hub.ts'
import { LocalServer } from '../helpers/local-server.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'
import { connectTelegram } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

async function scriptOf(rig: CommRig, code: string, steps: readonly object[]): Promise<void> {
  await rig.call('saveScript', { code, steps })
}

async function startWith(rig: CommRig, chat: number, steps: readonly object[]): Promise<string> {
  await rig.says(chat, 'hi')
  await scriptOf(rig, 's', steps)
  const { id } = await rig.call<{ id: string }>('scheduleJob', {
    script: 's',
    chat: { id: String(chat) },
  })
  return id
}

for (const store of testStores()) {
  describe(`jobs on ${store.name}`, () => {
    it('a job waits for its time, and its key makes a repeated call harmless', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      await scriptOf(rig, 's', [{ send: { text: 'Reminder for {{ params.what }}' } }])
      const order = {
        script: 's',
        lead: await rig.leadOf(7),
        runAfterSec: 3600,
        params: { what: 'tea' },
        key: 'k1',
      }
      const first = await rig.call<{ id: string; dueAt: string }>('scheduleJob', order)
      const second = await rig.call('scheduleJob', order)
      assert.deepEqual(second, first)
      assert.equal((await rig.call('getJob', { id: first.id }))['state'], 'scheduled')
      assert.deepEqual(rig.sentTo(7), [])
      rig.clock.jump(HOUR + 1000)
      assert.deepEqual(await rig.waitForSent(7, 1), ['Reminder for tea'])
      await rig.waitForJob(first.id, 'done')
      rig.clock.jump(24 * HOUR)
      const third = await rig.call<{ id: string }>('scheduleJob', { ...order, runAfterSec: 0 })
      assert.notEqual(third.id, first.id)
    })

    it('a periodic job runs again and again until it is cancelled', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      await scriptOf(rig, 's', [{ send: { text: 'tick' } }])
      const { id } = await rig.call<{ id: string }>('scheduleJob', {
        script: 's',
        chat: { id: '7' },
        periodSec: 600,
      })
      await rig.waitForSent(7, 1)
      for (const count of [2, 3]) {
        await waitFor(async () => (await rig.call('getJob', { id }))['state'] === 'scheduled')
        rig.clock.jump(10 * MINUTE)
        await rig.waitForSent(7, count)
      }
      await waitFor(async () => (await rig.call('getJob', { id }))['state'] === 'scheduled')
      const cancelled = await rig.call('cancelJob', { id })
      assert.equal(cancelled['state'], 'cancelled')
      rig.clock.jump(HOUR)
      const failure = await failureOf(rig.call('getJob', { id: 'job_0' }))
      assert.equal(failure.code, -32602)
      assert.equal(rig.sentTo(7).length, 3)
    })

    it('jobs of one recipient run one at a time, in the order in which they are due', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      await scriptOf(rig, 'slow', [
        { send: { text: 'A1' } },
        { wait: 60 },
        { send: { text: 'A2' } },
      ])
      await scriptOf(rig, 'quick', [{ send: { text: '{{ params.name }}' } }])
      const chat = { id: '7' }
      await rig.call('scheduleJob', { script: 'slow', chat })
      await rig.waitForSent(7, 1)
      await rig.call('scheduleJob', {
        script: 'quick',
        chat,
        runAfterSec: 2,
        params: { name: 'C' },
      })
      await rig.call('scheduleJob', {
        script: 'quick',
        chat,
        runAfterSec: 1,
        params: { name: 'B' },
      })
      rig.clock.jump(10_000)
      await waitFor(async () => {
        const { items } = await rig.call<{ items: { state: string }[] }>('listJobs')
        return items.filter(({ state }) => state === 'scheduled').length === 2
      })
      assert.deepEqual(rig.sentTo(7), ['A1'])
      rig.clock.jump(MINUTE)
      assert.deepEqual(await rig.waitForSent(7, 4), ['A1', 'A2', 'B', 'C'])
    })

    it('the condition is asked when the job is scheduled and again when it is due', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      await scriptOf(rig, 's', [{ send: { text: 'yes' } }])
      const lead = await rig.leadOf(7)
      const no = await rig.call<{ id: string }>('scheduleJob', {
        script: 's',
        lead,
        runAfterSec: 3600,
        condition: 'return lead.tags.includes("vip")',
      })
      await rig.waitForJob(no.id, 'skipped')
      await rig.call('updateRecipient', { lead, addTags: ['vip'] })
      const yes = await rig.call<{ id: string }>('scheduleJob', {
        script: 's',
        lead,
        condition: `if (leadId == ${lead} && lead.tags.includes("vip")) return true;`,
      })
      await rig.waitForJob(yes.id, 'done')
      const later = await rig.call<{ id: string }>('scheduleJob', {
        script: 's',
        lead,
        runAfterSec: 60,
        condition: 'return lead.tags.includes("vip")',
      })
      await rig.call('updateRecipient', { lead, removeTags: ['vip'] })
      rig.clock.jump(MINUTE)
      await rig.waitForJob(later.id, 'skipped')
      const events = await rig.waitForEvents('job.finished', 3)
      assert.deepEqual(
        events.map((event) => event['state']),
        ['skipped', 'done', 'skipped'],
      )
    })

    it('what can not be is refused, every fault by its name', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      await scriptOf(rig, 's', [{ send: { text: 'x' } }])
      const lead = await rig.leadOf(7)
      await using other = await addTestPortal(rig.hub)
      await connectTelegram(other, rig.telegram, '99')
      const refused = async (params: object) =>
        (await failureOf(rig.call('scheduleJob', params))).fields
      assert.deepEqual(await refused({ script: 's', lead: lead + 1000 }), ['lead'])
      assert.deepEqual(await refused({ script: 'none', lead }), ['script'])
      assert.deepEqual(await refused({ script: 's', lead, periodSec: 30 }), ['periodSec'])
      assert.deepEqual(await refused({ script: 's', lead, cron: '* * *' }), ['cron'])
      assert.deepEqual(
        await refused({ script: 's', lead, cron: '0 9 * * *', timeZone: 'Mars/Base' }),
        ['timeZone'],
      )
      assert.deepEqual(await refused({ script: 's', lead, condition: 'return (' }), ['condition'])
      assert.deepEqual(await refused({ script: 's', trigger: 't', lead: -1 }), ['lead', 'params'])
      for (const cron of ['61 * * * *', 'no cron at all !', '* * * * * *', '0 0 30 2 *']) {
        assert.deepEqual(await refused({ script: 's', lead, cron }), ['cron'])
      }
      assert.deepEqual(
        await refused({ script: 'none', lead: 9999, cron: '61 * * * *', condition: 'return (' }),
        ['condition', 'cron', 'lead', 'script'],
      )
      const foreign = await failureOf(
        other.hub.$call('scheduleJob', { connector: 'telegram', line: '99', script: 's', lead }),
      )
      assert.equal(foreign.code, -32602)
    })

    it('a request of a script is repeated under one key, and its answer is kept', async () => {
      await using rig = await openCommRig(store)
      const seen: { key: string; body: string }[] = []
      await using server = new LocalServer((request, response) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => {
          const key = String(request.headers['idempotency-key'])
          seen.push({ key, body: Buffer.concat(chunks).toString() })
          if (seen.length < 3) response.writeHead(503).end()
          else response.writeHead(200).end('{"price":42}')
        })
      })
      await server.listen()
      const id = await startWith(rig, 7, [
        { send: { text: 'one moment' } },
        { call: { url: `${server.url}/price`, body: { who: '{{ lead.name }}' }, save: 'answer' } },
        { send: { text: 'It is {{ params.answer.price }}' } },
      ])
      await rig.waitForSent(7, 1)
      for (const count of [1, 2]) {
        await waitFor(() => seen.length >= count)
        await waitFor(async () => {
          const job = await rig.call('getJob', { id })
          return job['state'] === 'running'
        })
        rig.clock.jump(6000)
      }
      assert.deepEqual(await rig.waitForSent(7, 2), ['one moment', 'It is 42'])
      await rig.waitForJob(id, 'done')
      assert.deepEqual(new Set(seen.map(({ key }) => key)).size, 1)
      assert.match(seen[0]?.key ?? '', new RegExp(`^${id}:\\d+$`))
      assert.equal(seen[0]?.body, '{"who":"Ann"}')
    })

    it('a running job keeps its version, also when its script is changed and deleted', async () => {
      await using rig = await openCommRig(store)
      const id = await startWith(rig, 7, [
        { send: { text: 'v1 begins' } },
        { wait: 60 },
        { send: { text: 'v1 ends' } },
      ])
      await rig.waitForJob(id, 'waiting')
      const { version } = await rig.call('saveScript', {
        code: 's',
        steps: [{ send: { text: 'v2' } }],
      })
      assert.equal(version, 2)
      const queued = await rig.call<{ id: string }>('scheduleJob', {
        script: 's',
        chat: { id: '7' },
      })
      await rig.call('deleteScript', { code: 's' })
      await rig.waitForSent(7, 1)
      rig.clock.jump(MINUTE)
      assert.deepEqual(await rig.waitForSent(7, 2), ['v1 begins', 'v1 ends'])
      await rig.waitForJob(id, 'done')
      const failed = await rig.waitForJob(queued.id, 'failed')
      assert.equal(failed.error?.code, 'HUB_UNKNOWN_SCRIPT')
    })

    it('a line that is disconnected keeps its jobs for a day', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      await scriptOf(rig, 's', [{ send: { text: 'back' } }])
      const order = { script: 's', chat: { id: '7' }, runAfterSec: 600 }
      const { id } = await rig.call<{ id: string }>('scheduleJob', order)
      await rig.call('disconnect')
      rig.clock.jump(HOUR)
      await new Promise((resolve) => setTimeout(resolve, 300))
      assert.equal((await rig.call('getJob', { id }))['state'], 'scheduled')
      await connectTelegram(rig.portal, rig.telegram)
      rig.clock.jump(MINUTE)
      assert.deepEqual(await rig.waitForSent(7, 1), ['back'])
      const late = await rig.call<{ id: string }>('scheduleJob', order)
      await rig.call('disconnect')
      rig.clock.jump(26 * HOUR)
      const failed = await rig.waitForJob(late.id, 'failed')
      assert.equal(failed.error?.code, 'HUB_LINE_NOT_CONNECTED')
    })

    it('code schedules, tags, sends; what it may not do fails the job with its words', async () => {
      await using rig = await openCommRig(store)
      await rig.says(8, 'hi')
      const other = await rig.leadOf(8)
      await scriptOf(rig, 'greet', [{ send: { text: 'Hi from {{ params.from }}' } }])
      const id = await startWith(rig, 7, [
        {
          code: `bot.addTags(['seen']); bot.setAttributes({ visits: (lead.attributes.visits || 0) + 1 });
            bot.send({ text: 'coded' }); bot.runScriptByNameForLead('greet', ${other}, { from: leadId });`,
        },
        {
          if: 'return lead.tags.includes("seen") && lead.attributes.visits === 1',
          then: [{ send: { text: 'tagged' } }],
        },
      ])
      await rig.waitForJob(id, 'done')
      assert.deepEqual(await rig.waitForSent(7, 2), ['coded', 'tagged'])
      const lead = await rig.leadOf(7)
      assert.deepEqual(await rig.waitForSent(8, 1), [`Hi from ${lead}`])
      const bad = await rig.call<{ id: string }>('scheduleJob', { script: 's', lead: other })
      await rig.waitForJob(bad.id, 'done')
      await scriptOf(rig, 'wrong', [{ code: 'bot.runScriptForLead(1, 987654321)' }])
      const wrong = await rig.call<{ id: string }>('scheduleJob', { script: 'wrong', lead: other })
      const failed = await rig.waitForJob(wrong.id, 'failed')
      assert.match(failed.error?.message ?? '', /no such/)
      await scriptOf(rig, 'loop', [{ code: 'for(;;){}' }])
      const loop = await rig.call<{ id: string }>('scheduleJob', { script: 'loop', lead: other })
      const stopped = await rig.waitForJob(loop.id, 'failed')
      assert.equal(stopped.error?.code, 'HUB_SCRIPT_CODE')
    })
  })
}
