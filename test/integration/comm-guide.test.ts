import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type CommRig, openCommRig } from '../helpers/comm-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/communications.md'), 'utf8')
const HOUR = 3_600_000
const DAY = 24 * HOUR

type Call = readonly [method: string, params: Record<string, unknown>]

/** The calls of one of the guide's examples, in order: this is what readers copy. */
function callsOf(number: number): Call[] {
  const from = GUIDE.indexOf(`\n## ${number}. `)
  assert.ok(from > 0, `example ${number}`)
  const text = GUIDE.slice(from, GUIDE.indexOf('\n## ', from + 4))
  return [...text.matchAll(/^`(\w+)`\n\n```json\n(.*?)\n```/gms)].map(
    ([, method = '', json = '']) => [method, JSON.parse(json) as Record<string, unknown>],
  )
}

async function make(rig: CommRig, calls: readonly Call[]): Promise<Record<string, unknown>> {
  let last: Record<string, unknown> = {}
  for (const [method, params] of calls) last = await rig.call(method as 'saveScript', params)
  return last
}

/** Until the hub has written down who has written when. */
async function seen(rig: CommRig, chat: number): Promise<void> {
  await waitFor(async () => {
    const recipient = await rig.call('getRecipient', { chat: { id: String(chat) } })
    return recipient['lastSeenAt']
  })
}

for (const store of testStores()) {
  describe(`the examples of docs/communications.md on ${store.name}`, () => {
    it('1: a welcome with two questions', async () => {
      await using rig = await openCommRig(store)
      await make(rig, callsOf(1))
      await rig.says(7001, 'hi')
      await rig.waitForSent(7001, 1)
      await rig.waitForJob('job_00000000001', 'waiting')
      await rig.says(7001, 'Annie')
      await rig.waitForSent(7001, 2)
      await waitFor(
        async () => (await rig.call('getJob', { id: 'job_00000000001' }))['state'] === 'waiting',
      )
      await rig.says(7001, ' Berlin ')
      assert.deepEqual(await rig.waitForSent(7001, 3), [
        'Hello Ann! What may we call you?',
        'Thank you, Annie. In which city are you?',
        'Somebody will be with you in a moment.',
      ])
      const [told] = await rig.waitForEvents('script.notify', 1)
      assert.deepEqual(told?.['data'], { name: 'Annie', city: ' Berlin ' })
      const { tags } = await rig.call<{ tags: string[] }>('getRecipient', { chat: { id: '7001' } })
      assert.deepEqual(tags, ['berlin'])
      await rig.says(7002, 'hi')
      await rig.waitForSent(7002, 1)
      await rig.waitForJob('job_00000000002', 'waiting')
      rig.clock.jump(25 * HOUR)
      await rig.waitForJob('job_00000000002', 'done')
      assert.equal(rig.sentTo(7002).length, 1)
    })

    it('2: a reminder before a visit, and none of a visit that was called off', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7001, 'hi')
      const [script, job, callOff] = callsOf(2)
      assert.ok(script && job && callOff)
      const first = await make(rig, [script, job])
      assert.deepEqual(await make(rig, [job]), first)
      rig.clock.jump(20 * HOUR + 1000)
      assert.deepEqual(await rig.waitForSent(7001, 1), [
        'We look forward to seeing you at 15:30, Main Street 1.',
      ])
      rig.clock.jump(DAY)
      const second = await make(rig, [job])
      assert.notEqual(second['id'], first['id'])
      await make(rig, [callOff])
      rig.clock.jump(21 * HOUR)
      await rig.waitForJob(String(second['id']), 'skipped')
      assert.equal(rig.sentTo(7001).length, 1)
    })

    it('3: a mailing with opt-out and quiet hours', async () => {
      await using rig = await openCommRig(store)
      for (const chat of [7001, 7002, 7003]) {
        await rig.says(chat, 'hi')
        await rig.call('updateRecipient', { chat: { id: String(chat) }, addTags: ['news'] })
      }
      await rig.call('updateRecipient', { chat: { id: '7003' }, addTags: ['staff'] })
      const calls = callsOf(3)
      const preview = await make(rig, calls.slice(0, -1))
      assert.equal(preview['matches'], 2)
      const berlin = new Intl.DateTimeFormat('en', {
        timeZone: 'Europe/Berlin',
        hour: 'numeric',
        hourCycle: 'h23',
      })
      const hour = Number(berlin.format(rig.clock.now()))
      // To eleven at night, and from there to ten in the morning.
      rig.clock.jump(((23 - hour + 24) % 24) * HOUR)
      await make(rig, calls.slice(-1))
      await new Promise((resolve) => setTimeout(resolve, 300))
      assert.equal(rig.sentTo(7001).length, 0)
      rig.clock.jump(11 * HOUR)
      await rig.waitForSent(7001, 1)
      await rig.waitForSent(7002, 1)
      await rig.says(7001, 'STOP')
      await waitFor(async () => {
        const { tags } = await rig.call<{ tags: string[] }>('getRecipient', {
          chat: { id: '7001' },
        })
        return tags.includes('unsubscribed')
      })
      assert.equal((await make(rig, calls.slice(2, 3)))['matches'], 1)
      assert.equal(rig.sentTo(7003).length, 0)
    })

    it('5: who has been silent for 30 days is written to once, and again after the next silence', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7001, 'hi')
      await seen(rig, 7001)
      await make(rig, callsOf(5))
      rig.clock.jump(DAY)
      await waitFor(async () => {
        const { items } = await rig.call<{ items: { dueAt: string }[] }>('listJobs')
        return Date.parse(items[0]?.dueAt ?? '') > rig.clock.now()
      })
      assert.equal(rig.sentTo(7001).length, 0)
      rig.clock.jump(31 * DAY)
      await rig.waitForSent(7001, 1)
      rig.clock.jump(DAY)
      await new Promise((resolve) => setTimeout(resolve, 300))
      assert.equal(rig.sentTo(7001).length, 1)
      await rig.says(7001, 'I am here')
      await waitFor(async () => {
        const { tags } = await rig.call<{ tags: string[] }>('getRecipient', {
          chat: { id: '7001' },
        })
        return !tags.includes('won-back')
      })
      rig.clock.jump(32 * DAY)
      await rig.waitForSent(7001, 2)
    })
  })
}
