import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openCommRig } from '../helpers/comm-rig.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const say = (text: string) => [{ send: { text } }]

for (const store of testStores()) {
  describe(`triggers on ${store.name}`, () => {
    it('start on words, events, tags and the dialog, and never on what they send', async () => {
      await using rig = await openCommRig(store)
      const trigger = (code: string, on: string[], text: string, more: object = {}) =>
        rig.call('saveTrigger', { code, on, steps: say(text), ...more })
      await trigger('word', ['text:Price'], 'word')
      await trigger('opened', ['dialog.opened'], 'opened')
      await trigger('closed', ['dialog.closed'], 'closed')
      await trigger('tagged', ['tag:vip'], 'tagged')
      await trigger('loop', ['message.status'], 'never', { condition: 'return false' })
      await rig.says(7, '  pRICE ')
      assert.deepEqual((await rig.waitForSent(7, 2)).sort(), ['opened', 'word'])
      await rig.call('updateRecipient', { lead: await rig.leadOf(7), addTags: ['vip'] })
      await rig.waitForSent(7, 3)
      await rig.call('updateRecipient', { lead: await rig.leadOf(7), addTags: ['vip'] })
      rig.clock.jump(31 * 60_000)
      await rig.waitForSent(7, 4)
      await rig.call('openDialog', { chat: { id: '7' } })
      await rig.waitForSent(7, 5)
      await rig.call('closeDialog', { chat: { id: '7' } })
      const all = await rig.waitForSent(7, 6)
      assert.deepEqual(all.slice(2), ['tagged', 'closed', 'opened', 'closed'])
    })

    it('start on what becomes of a message, but not of their own or of what they start', async () => {
      await using rig = await openCommRig(store)
      await rig.call('saveScript', { code: 'more', steps: say('more') })
      const steps = [
        ...say('seen'),
        { code: 'bot.runScriptByNameForLead("more", leadId)' },
        { notify: { of: '{{ event.status }}' } },
      ]
      await rig.call('saveTrigger', { code: 'status', on: ['message.status'], steps })
      await rig.says(7, 'hello')
      await rig.leadOf(7)
      await rig.call('sendMessage', { chat: { id: '7' }, message: { text: 'Good morning' } })
      await rig.waitForSent(7, 3)
      // Their statuses are with the portal, so the communications have had them, too.
      await rig.waitForEvents('message.status', 3)
      await rig.says(8, 'bye')
      await rig.call('saveTrigger', { code: 'last', on: ['text:last'], steps: say('last') })
      await rig.says(8, 'last')
      await rig.waitForSent(8, 1)
      assert.deepEqual(rig.sentTo(7).sort(), ['Good morning', 'more', 'seen'])
      assert.equal(rig.events('script.notify').length, 1)
    })

    it('hold to their condition and their pause', async () => {
      await using rig = await openCommRig(store)
      await rig.call('saveTrigger', {
        code: 't',
        on: ['message.new'],
        condition: 'return event.message.text === "go"',
        steps: say('gone'),
        cooldownSec: 600,
      })
      await rig.says(7, 'stay')
      await rig.says(7, 'go')
      await rig.says(7, 'go')
      await rig.waitForSent(7, 1)
      await rig.portal.server.waitForEvents(5)
      assert.deepEqual(rig.sentTo(7), ['gone'])
      rig.clock.jump(601_000)
      await rig.says(7, 'go')
      await rig.waitForSent(7, 2)
    })

    it('a tag that a script adds starts another, and a circle of them ends', async () => {
      await using rig = await openCommRig(store)
      await rig.call('saveTrigger', {
        code: 'a',
        on: ['tag:a'],
        steps: [{ tag: { remove: ['b'] } }, { tag: { add: ['b'] } }, ...say('a')],
      })
      await rig.call('saveTrigger', {
        code: 'b',
        on: ['tag:b'],
        steps: [{ tag: { remove: ['a'] } }, { tag: { add: ['a'] } }, ...say('b')],
      })
      await rig.says(7, 'hi')
      await rig.call('updateRecipient', { lead: await rig.leadOf(7), addTags: ['a'] })
      await rig.waitForSent(7, 2)
      await waitFor(async () => {
        const { items } = await rig.call<{ items: { state: string }[] }>('listJobs')
        return items.every(({ state }) => state === 'done') && items.length >= 8
      })
      assert.ok(rig.sentTo(7).length <= 16)
    })

    it('a scheduled trigger asks its condition then, and one that is off starts nothing', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      const lead = await rig.leadOf(7)
      const save = (more: object) =>
        rig.call('saveTrigger', { code: 't', on: ['api'], steps: say('x'), ...more })
      await save({ condition: 'return params.ok === 1' })
      const job = async (params: object) =>
        (await rig.call<{ id: string }>('scheduleJob', { trigger: 't', lead, params })).id
      await rig.waitForJob(await job({ ok: 1 }), 'done')
      await rig.waitForJob(await job({ ok: 2 }), 'skipped')
      await save({ enabled: false })
      await rig.waitForJob(await job({ ok: 1 }), 'skipped')
      await save({ steps: say('y') })
      await rig.waitForJob(await job({}), 'done')
      assert.deepEqual(await rig.waitForSent(7, 2), ['x', 'y'])
    })

    it('are saved, listed, read and deleted; what is wrong is named', async () => {
      await using rig = await openCommRig(store)
      await rig.call('saveScript', { code: 's', steps: say('x') })
      const saved = await rig.call('saveTrigger', { code: 't', on: ['first'], script: 's' })
      assert.equal(saved['code'], 't')
      const read = await rig.call('getTrigger', { code: 't' })
      assert.equal(read['script'], 's')
      assert.equal(read['enabled'], true)
      const { items } = await rig.call<{ items: unknown[] }>('listTriggers')
      assert.deepEqual(items, [read])
      const used = await failureOf(rig.call('deleteScript', { code: 's' }))
      assert.equal(used.hubCode, 'HUB_IN_USE')
      await rig.call('deleteTrigger', { code: 't' })
      await rig.call('deleteScript', { code: 's' })
      const gone = await failureOf(rig.call('getTrigger', { code: 't' }))
      assert.equal(gone.hubCode, 'HUB_UNKNOWN_TRIGGER')
      const faults = await failureOf(
        rig.call('saveTrigger', {
          code: 'T!',
          on: ['message.gone', 'tag:'],
          condition: 'return )',
          steps: [{ send: { text: '{{ x | nofilter }}' } }, { dance: 1 }],
        }),
      )
      assert.ok(faults.fields?.includes('code'))
      const deeper = await failureOf(
        rig.call('saveTrigger', {
          code: 't',
          on: ['first'],
          condition: 'return )',
          steps: [{ send: { text: '{{ x | nofilter }}' } }, { dance: 1 }],
        }),
      )
      assert.deepEqual(deeper.fields, ['condition', 'steps[0].send.text', 'steps[1]'])
    })
  })
}
