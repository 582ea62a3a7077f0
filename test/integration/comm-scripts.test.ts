import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openCommRig } from '../helpers/comm-rig.ts'
import { testStores } from '../helpers/stores.ts'

for (const store of testStores()) {
  describe(`scripts on ${store.name}`, () => {
    it('a job sends what its script says, waits for the answer and keeps it', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi', { first_name: 'Eve' })
      await rig.call('saveScript', {
        code: 'ask',
        steps: [
          { send: { text: 'Hello {{ lead.name }}' } },
          { waitReply: { timeoutSec: 60, save: 'city' } },
          { send: { text: 'So {{ lead.attributes.city }}' } },
          { notify: { city: '{{ lead.attributes.city }}' } },
        ],
      })
      const lead = await rig.leadOf(7)
      const { id } = await rig.call<{ id: string }>('scheduleJob', { script: 'ask', lead })
      assert.deepEqual(await rig.waitForSent(7, 1), ['Hello Eve'])
      await rig.waitForJob(id, 'waiting')
      await rig.says(7, 'Paris')
      assert.deepEqual(await rig.waitForSent(7, 2), ['Hello Eve', 'So Paris'])
      const job = await rig.waitForJob(id, 'done')
      assert.equal(job.position, 4)
      const [notified] = await rig.waitForEvents('script.notify', 1)
      assert.deepEqual(notified?.['data'], { city: 'Paris' })
      const [finished] = await rig.waitForEvents('job.finished', 1)
      assert.equal(finished?.['state'], 'done')
    })

    it('a press of a button is an answer as well', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      const buttons = [[{ text: 'Paris', payload: 'p' }]]
      await rig.call('saveScript', {
        code: 'ask',
        steps: [
          { send: { text: 'Where?', buttons } },
          { waitReply: { timeoutSec: 60, save: 'city' } },
          { send: { text: 'So {{ lead.attributes.city }}' } },
        ],
      })
      const lead = await rig.leadOf(7)
      const { id } = await rig.call<{ id: string }>('scheduleJob', { script: 'ask', lead })
      assert.deepEqual(await rig.waitForSent(7, 1), ['Where?'])
      await rig.waitForJob(id, 'waiting')
      await rig.presses(7, 'p')
      assert.deepEqual(await rig.waitForSent(7, 2), ['Where?', 'So p'])
    })

    it('a step of code is done as a whole or not at all', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      const lead = await rig.leadOf(7)
      const code = `bot.send({ text: 'half' })
        bot.addTags(['half'])
        bot.runScriptByNameForLead('other', leadId)
        bot.runScriptByNameForLead('other', leadId + 1)`
      const steps = [{ send: { text: 'first' } }, { tag: { add: ['first'] } }, { code }]
      await rig.call('saveScript', { code: 'other', steps: [{ send: { text: 'other' } }] })
      await rig.call('saveScript', { code: 's', steps })
      const { id } = await rig.call<{ id: string }>('scheduleJob', { script: 's', lead })
      const { error } = await rig.waitForJob(id, 'failed')
      assert.equal(error?.code, 'HUB_SCRIPT_CONTENT')
      assert.deepEqual((await rig.call('getRecipient', { lead }))['tags'], ['first'])
      const { items } = await rig.call<{ items: unknown[] }>('listJobs')
      assert.equal(items.length, 1)
      assert.deepEqual(await rig.waitForSent(7, 1), ['first'])
    })

    it('a trigger starts a script at the first message', async () => {
      await using rig = await openCommRig(store)
      await rig.call('saveTrigger', {
        code: 'welcome',
        on: ['first'],
        steps: [{ send: { text: 'Welcome' } }],
      })
      await rig.says(8, 'hi')
      assert.deepEqual(await rig.waitForSent(8, 1), ['Welcome'])
      await rig.says(8, 'again')
      await rig.portal.server.waitForEvents(4)
      assert.deepEqual(rig.sentTo(8), ['Welcome'])
    })

    it('a broadcast reaches everybody but who has blocked the bot', async () => {
      await using rig = await openCommRig(store)
      for (const chat of [1, 2, 3]) await rig.says(chat, 'hi')
      await rig.blocks(2)
      await rig.call('saveScript', { code: 'news', steps: [{ send: { text: 'News' } }] })
      await rig.call('saveBroadcast', { code: 'all', script: 'news', filter: {} })
      await new Promise((r) => setTimeout(r, 1500))
      const preview = await rig.call('previewBroadcast', { code: 'all' })
      assert.equal(preview['matches'], 2)
      const { run } = await rig.call<{ run: string }>('startBroadcast', { code: 'all' })
      await rig.waitForSent(1, 1)
      await rig.waitForSent(3, 1)
      const [finished] = await rig.waitForEvents('broadcast.finished', 1)
      assert.equal(finished?.['total'], 3)
      assert.equal(finished?.['sent'], 2)
      assert.equal(finished?.['blocked'], 1)
      const state = await rig.call('getBroadcast', { run })
      assert.equal(state['state'], 'done')
      assert.deepEqual(rig.sentTo(2), [])
    })
  })
}
