import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LINE, openCommRig } from '../helpers/comm-rig.ts'
import { startTestHub, TEST_KEY } from '../helpers/hub.ts'
import { startHubProcess } from '../helpers/hub-process.ts'
import { ask, notify, waitForTask } from '../helpers/notification-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const SLOT = {
  name: 'Order',
  destination: LINE,
  templateName: 'order',
  namespace: 'shop',
  language: 'en',
  text: 'Order {{ data.order }}',
}

for (const store of testStores()) {
  describe(`notifications and several processes, on ${store.name}`, () => {
    it('an address that was made anew is over in every process at once', async () => {
      await using rig = await openCommRig(store, { env: { HUB_PUBLIC_URL: 'https://hub.example' } })
      const { clock, databaseUrl } = rig
      await using other = await startTestHub({ databaseUrl, clock, env: { HUB_ROLES: 'ingress' } })
      const { id, webhook } = await rig.portal.hub.$call<{ id: number; webhook: string }>(
        'saveNotification',
        SLOT,
      )
      const there = (address: string) => address.replace('https://hub.example', other.url)
      const task = await notify(there(webhook), { chat_id: '7', order: 1 })
      assert.deepEqual(await rig.waitForSent(7, 1), ['Order 1'])
      const fresh = await rig.portal.hub.$call<{ webhook: string }>(
        'regenerateNotificationWebhook',
        { id },
      )
      assert.equal((await ask(there(webhook), { chat_id: '7' })).status, 404)
      await waitForTask(there(fresh.webhook), task, 'sent')
    })

    it('what a process has accepted that is killed at once is sent once', async () => {
      await using rig = await openCommRig(store)
      const { databaseUrl } = rig
      const { webhook } = await rig.portal.hub.$call<{ webhook: string }>('saveNotification', SLOT)
      await rig.hub.stop()
      const env = {
        HUB_DATABASE_URL: databaseUrl,
        HUB_SECRET_KEY: TEST_KEY,
        HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8,::1/128',
      }
      const orders = Array.from({ length: 15 }, (_, at) => at)
      {
        await using process = await startHubProcess(env)
        const address = process.url + new URL(webhook).pathname
        const tasks = orders.map((order) => notify(address, { chat_id: `1${order}`, order }))
        await Promise.all(tasks)
        await process.kill('SIGKILL')
      }
      await using _ = await startHubProcess(env)
      for (const order of orders) {
        const sent = () => rig.sentTo(Number(`1${order}`))
        await waitFor(() => sent().length > 0, `order ${order}`)
        assert.deepEqual(sent(), [`Order ${order}`])
      }
      assert.equal(rig.telegram.callsOf('sendMessage').length, orders.length)
    })
  })
}
