import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pruneTasks } from '../../src/db/hub/pruning.ts'
import { type CommRig, LINE, openCommRig } from '../helpers/comm-rig.ts'
import { ask, notify, readTask, waitForTask } from '../helpers/notification-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const SLOT = {
  name: 'Order',
  destination: LINE,
  incoming: [
    { contextKey: 'order', requestKey: 'order' },
    { contextKey: 'who', requestKey: '{{ data["name"] | upcase }}' },
  ],
  templateName: 'order_paid',
  namespace: 'shop',
  language: 'en',
  text: 'Order {{ params.order }} of {{ params.who }}: {{ params["1"] }}',
  parameters: [{ type: 'body', value: '{{ data["sum"] }}' }],
}

async function saveSlot(
  rig: CommRig,
  more: object = {},
): Promise<{ readonly id: number; readonly webhook: string }> {
  return await rig.portal.hub.$call('saveNotification', { ...SLOT, ...more })
}

async function saveEnds(rig: CommRig): Promise<object> {
  for (const code of ['won', 'lost', 'nobody']) {
    const steps = [
      { notify: { code, order: '{{ params.order }}', how: '{{ params.result.description }}' } },
    ]
    await rig.call('saveScript', { code, steps })
  }
  return { onSuccess: 'won', onFail: 'lost', onNoAccount: 'nobody' }
}

const BODY = { chat_id: '7', order: 17, name: 'Eve', sum: '9 €' }

for (const store of testStores()) {
  describe(`notifications on Telegram, on ${store.name}`, () => {
    it('go out as the text of their slot and end when the person writes', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      await rig.call('closeDialog', { chat: { id: '7' } })
      const { id, webhook } = await saveSlot(rig, await saveEnds(rig))
      assert.match(webhook, new RegExp(`^${rig.hub.url}/notification/${id}::[0-9a-f]{32}/chat$`))
      const task = await notify(webhook, BODY)
      assert.match(task, /^ntf_/)
      assert.deepEqual(await rig.waitForSent(7, 1), ['Order 17 of EVE: 9 €'])
      const sent = await waitForTask(webhook, task, 'sent')
      assert.equal(sent['notification'], id)
      assert.deepEqual(sent['chat'], { id: '7' })
      const { description, channel_response } = sent['result'] as Record<string, unknown>
      assert.equal(description, 'received by channel')
      assert.equal((channel_response as { ok: boolean }).ok, true)
      await rig.says(7, 'thanks')
      const done = await waitForTask(webhook, task, 'delivered')
      assert.deepEqual(done['result'], { description: 'success', channel_response: null })
      const [won] = await rig.waitForEvents('script.notify', 1)
      assert.deepEqual(won?.['data'], { code: 'won', order: '17', how: 'success' })
      const results = await rig.waitForEvents('notification.result', 2)
      assert.deepEqual(
        results.map((event) => [event['task'], event['notification'], event['state']]),
        [
          [task, id, 'sent'],
          [task, id, 'delivered'],
        ],
      )
    })

    it('wait for the end of a dialog, by hand or by itself, in their order', async () => {
      await using rig = await openCommRig(store)
      const { webhook } = await saveSlot(rig, { text: '{{ data.sum }}' })
      await rig.says(7, 'hi')
      const first = await notify(webhook, { ...BODY, sum: 'a' })
      const second = await notify(webhook, { ...BODY, sum: 'b' })
      const urgent = await notify(webhook, { ...BODY, sum: 'now', is_urgent: true })
      assert.deepEqual(await rig.waitForSent(7, 1), ['now'])
      const [told] = await rig.waitForEvents('dialog.interrupted', 1)
      assert.deepEqual(told?.['chat'], { id: '7' })
      assert.equal((told?.['by'] as { task?: string } | undefined)?.task, urgent)
      assert.deepEqual((await readTask(webhook, first))['state'], 'queued')
      assert.equal((await readTask(webhook, first))['result'], null)
      await rig.call('closeDialog', { chat: { id: '7' } })
      assert.deepEqual(await rig.waitForSent(7, 3), ['now', 'a', 'b'])
      await waitForTask(webhook, second, 'sent')
      await rig.says(7, 'hi again')
      await notify(webhook, { ...BODY, sum: 'c' })
      rig.clock.jump(31 * 60_000)
      assert.deepEqual((await rig.waitForSent(7, 4)).at(-1), 'c')
    })

    it('that are urgent end the script that runs in their chat', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      await rig.call('saveScript', {
        code: 'ask',
        steps: [{ send: { text: 'Well?' } }, { waitReply: { timeoutSec: 600 } }],
      })
      const job = await rig.call<{ id: string }>('scheduleJob', {
        script: 'ask',
        lead: await rig.leadOf(7),
      })
      await rig.waitForJob(job.id, 'waiting')
      const { id, webhook } = await saveSlot(rig)
      const task = await notify(webhook, { ...BODY, is_urgent: true })
      await rig.waitForJob(job.id, 'interrupted')
      await rig.waitForSent(7, 2)
      const [told] = await rig.waitForEvents('dialog.interrupted', 1)
      assert.deepEqual(told?.['by'], { notification: id, task })
    })

    it('fail when their line has been disconnected for a minute', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      const { webhook } = await saveSlot(rig)
      const task = await notify(webhook, BODY)
      await rig.call('disconnect')
      await rig.call('closeDialog', { chat: { id: '7' } })
      const { store: opened } = rig.hub.app.services
      const isOver = async () => {
        const [line] = await opened.rows<{ due_at: number | null }>('SELECT due_at FROM comm_line')
        rig.clock.jump(Math.max(0, (line?.due_at ?? 0) - rig.clock.now()))
        return (await readTask(webhook, task))['state'] === 'failed'
      }
      await waitFor(isOver, 'the task to fail')
      assert.deepEqual((await readTask(webhook, task))['result'], {
        description: 'channel inaccessible',
      })
      assert.deepEqual(rig.sentTo(7), [])
    })

    it('are forgotten 30 days later, but for those that still wait', async () => {
      await using rig = await openCommRig(store)
      const { webhook } = await saveSlot(rig)
      await rig.says(8, 'hi')
      const waiting = await notify(webhook, { ...BODY, chat_id: '8' })
      const task = await notify(webhook, BODY)
      await waitForTask(webhook, task, 'sent')
      const { store: opened } = rig.hub.app.services
      assert.equal(await pruneTasks(opened, rig.clock.now() - 60_000), 0)
      assert.equal(await pruneTasks(opened, rig.clock.now() + 60_000), 1)
      assert.deepEqual(await readTask(webhook, task), { status: 'Task not found' })
      assert.equal((await readTask(webhook, waiting))['state'], 'queued')
    })

    it('make the chats that the hub does not know', async () => {
      await using rig = await openCommRig(store)
      const { webhook } = await saveSlot(rig)
      const task = await notify(webhook, { ...BODY, chat_id: 99 })
      assert.ok((await rig.leadOf(99)) > 0)
      await waitForTask(webhook, task, 'sent')
      assert.equal((await rig.waitForSent(99, 1)).length, 1)
    })

    it('that can not be built, or are refused, fail with their scripts', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      const { webhook } = await saveSlot(rig, await saveEnds(rig))
      const unbuilt = await notify(webhook, { chat_id: '7', order: 1, is_urgent: true })
      const failed = await waitForTask(webhook, unbuilt, 'failed')
      assert.deepEqual(failed['result'], { description: 'failed to build request' })
      const [lost] = await rig.waitForEvents('script.notify', 1)
      assert.deepEqual(lost?.['data'], { code: 'lost', order: '', how: 'failed to build request' })
      await rig.blocks(7)
      const blocked = await notify(webhook, { ...BODY, is_urgent: true })
      const nobody = await waitForTask(webhook, blocked, 'no_account')
      const { description, channel_response } = nobody['result'] as Record<string, unknown>
      assert.equal(description, 'no account')
      assert.equal((channel_response as { error_code: number }).error_code, 403)
      const [, second] = await rig.waitForEvents('script.notify', 2)
      assert.deepEqual(second?.['data'], { code: 'nobody', order: '17', how: 'no account' })
      const text = await saveSlot(rig, { text: undefined })
      const without = await notify(text.webhook, { ...BODY, is_urgent: true })
      const end = await waitForTask(text.webhook, without, 'failed')
      assert.deepEqual(end['result'], { description: 'failed to build request' })
      assert.equal((await ask(webhook, {})).status, 400)
    })
  })
}
