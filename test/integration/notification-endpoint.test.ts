import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CommRig, LINE, openCommRig } from '../helpers/comm-rig.ts'
import { addTestPortal } from '../helpers/hub.ts'
import { ask, notify, readTask, waitForTask } from '../helpers/notification-rig.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'

const SLOT = {
  name: 'Order',
  destination: LINE,
  templateName: 'order_paid',
  namespace: 'shop',
  language: 'en',
  text: 'Order {{ data.order }}',
}
const NOBODY = '0'.repeat(32)

interface Fault {
  readonly field: string
  readonly problem: string
}

interface Saved {
  readonly id: number
  readonly webhook: string
}

async function saveSlot(rig: CommRig, more: object = {}): Promise<Saved> {
  return await rig.portal.hub.$call('saveNotification', { ...SLOT, ...more })
}

for (const store of testStores()) {
  describe(`the address of a notification slot, on ${store.name}`, () => {
    it('refuses in the order of the contract', async () => {
      await using rig = await openCommRig(store)
      const { id, webhook } = await saveSlot(rig)
      const right = webhook.slice(-37, -5)
      const address = (text: string) => `${rig.hub.url}/notification/${text}/chat`
      const wrong = address(`${id}::${NOBODY}`)
      const askNow = async (...[url, body, options]: Parameters<typeof ask>) => {
        rig.clock.jump(1000)
        return await ask(url, body, options)
      }
      for (const url of [webhook, wrong, address('x')]) {
        for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
          const refused = await askNow(url, '{', { method })
          assert.equal(refused.status, 405, `${method} ${url}`)
          assert.equal(refused.headers.get('allow'), 'POST')
        }
        for (const type of ['text/plain', 'application/jsonx', 'multipart/form-data']) {
          const headers = { 'content-type': type }
          assert.equal((await askNow(url, { chat_id: '7' }, { headers })).status, 400, type)
        }
        for (const body of ['', '{', '{"chat_id":NaN}', "{'chat_id':'7'}"]) {
          assert.equal((await askNow(url, body)).status, 400, body)
        }
      }
      const odd = [`${id}`, `${id}:${right}`, `${id}::${right.toUpperCase()}x`, `-1::${right}`]
      const others = [`${id + 1}::${right}`, `${'9'.repeat(30)}::${right}`, 'x', '%zz', '::']
      for (const url of [wrong, ...[...odd, ...others].map(address)]) {
        const { status, body } = await askNow(url, { chat_id: '7' })
        assert.deepEqual([status, body], [404, { status: 'Notification not found' }], url)
      }
      const noRecipient = { status: 'Recipient ID not found or invalid.' }
      const bad = ['[]', '"x"', '7', 'null', '{}', '{"phone_number":"+79001112233"}']
      const ids = [
        '""',
        '" "',
        '{}',
        '[]',
        '1.5',
        'true',
        'null',
        `"${'x'.repeat(600)}"`,
        '"\\ud83d"',
      ]
      const hidden = '{"__proto__":{"chat_id":"7"}}'
      for (const body of [...bad, ...ids.map((one) => `{"chat_id":${one}}`), hidden]) {
        const answer = await askNow(webhook, body)
        assert.deepEqual([answer.status, answer.body], [400, noRecipient], body)
      }
      assert.equal((await askNow(webhook, { chat_id: '7', is_urgent: 'yes' })).status, 400)
      await rig.call('disconnect')
      assert.deepEqual((await askNow(webhook, {})).body, noRecipient)
      const gone = await askNow(webhook, { chat_id: '7' })
      assert.equal(gone.status, 404)
      assert.deepEqual(gone.body, { status: 'There is no active channel for received event' })
    })

    it('takes what is JSON with parameters, and an address that is percent-encoded', async () => {
      await using rig = await openCommRig(store)
      const { webhook } = await saveSlot(rig)
      const headers = { 'content-type': 'Application/JSON; charset="utf-8"' }
      const answer = await ask(webhook.replace('::', '%3A%3a'), { chat_id: '7' }, { headers })
      assert.equal(answer.status, 200)
      assert.deepEqual(Object.keys(answer.body), ['status', 'task_id'])
      assert.equal(answer.body['status'], 'Accepted for execution')
    })

    it('gives the same answer for the same key, and 409 for another body', async () => {
      await using rig = await openCommRig(store)
      const { webhook } = await saveSlot(rig)
      const headers = { 'idempotency-key': 'order-17' }
      const body = { chat_id: '7', order: 17 }
      const tasks = await Promise.all([1, 2, 3, 4].map(() => notify(webhook, body, headers)))
      assert.equal(new Set(tasks).size, 1)
      await rig.waitForSent(7, 1)
      assert.equal(await notify(webhook, body, headers), tasks[0])
      assert.equal((await ask(webhook, { ...body, order: 18 }, { headers })).status, 409)
      const long = { 'idempotency-key': 'x'.repeat(129) }
      assert.equal((await ask(webhook, body, { headers: long })).status, 400)
      const other = await saveSlot(rig)
      assert.notEqual(await notify(other.webhook, body, headers), tasks[0])
      await rig.waitForSent(7, 2)
      rig.clock.jump(25 * 3600_000)
      assert.notEqual(await notify(webhook, body, headers), tasks[0])
      assert.deepEqual(await rig.waitForSent(7, 3), ['Order 17', 'Order 17', 'Order 17'])
    })

    it('is over at once when it is made anew, or its slot is deleted', async () => {
      await using rig = await openCommRig(store)
      const { id, webhook } = await saveSlot(rig)
      const task = await notify(webhook, { chat_id: '7' })
      await waitForTask(webhook, task, 'sent')
      const fresh = await rig.portal.hub.$call<Saved>('regenerateNotificationWebhook', { id })
      assert.notEqual(fresh.webhook, webhook)
      assert.equal((await ask(webhook, { chat_id: '7' })).status, 404)
      assert.deepEqual(await readTask(webhook, task), { status: 'Notification not found' })
      assert.equal((await readTask(fresh.webhook, task))['state'], 'sent')
      assert.deepEqual(await readTask(fresh.webhook, 'ntf_x'), { status: 'Task not found' })
      const other = await saveSlot(rig)
      assert.deepEqual(await readTask(other.webhook, task), { status: 'Task not found' })
      await rig.portal.hub.$call('deleteNotification', { id })
      assert.equal((await ask(fresh.webhook, { chat_id: '7' })).status, 404)
    })

    it('takes no more a second than its portal may', async () => {
      await using rig = await openCommRig(store)
      const { webhook } = await saveSlot(rig)
      // A machine that is busy needs more than a second for all of them.
      rig.clock.standStill()
      const bodies = Array.from({ length: 60 }, (_, at) => ({ chat_id: `1${at}` }))
      const answers = await Promise.all(bodies.map((body) => ask(webhook, body)))
      const refused = answers.filter(({ status }) => status === 429)
      assert.ok(refused.length >= 15, `${refused.length} were refused`)
      for (const { headers } of refused) assert.ok(Number(headers.get('retry-after')) >= 1)
      // A wrong hash costs the portal nothing, and the limit comes before anything else.
      const get = await Promise.all(bodies.map(() => ask(webhook, '', { method: 'GET' })))
      assert.ok(get.some(({ status }) => status === 429))
    })

    it('bears hostile bodies', async () => {
      await using rig = await openCommRig(store)
      const { webhook } = await saveSlot(rig, {
        text: 'x {{ data.a.constructor }}{{ data["__proto__"] }}',
      })
      assert.equal((await ask(webhook, `{"chat_id":"7","a":"${'x'.repeat(1.2e6)}"}`)).status, 413)
      assert.equal((await ask(webhook, `${'['.repeat(1000)}${']'.repeat(1000)}`)).status, 400)
      const task = await notify(webhook, JSON.parse('{"chat_id":"7","a":{"__proto__":{"b":1}}}'))
      await waitForTask(webhook, task, 'sent')
      assert.equal(rig.sentTo(7).length, 1)
    })

    it('belongs to one portal, and answers nobody while that is switched off', async () => {
      await using rig = await openCommRig(store)
      const { id, webhook } = await saveSlot(rig)
      const other = await addTestPortal(rig.hub)
      for (const method of ['deleteNotification', 'regenerateNotificationWebhook'] as const) {
        const failure = await failureOf(other.hub.$call(method, { id }))
        assert.equal(failure.hubCode, 'HUB_UNKNOWN_NOTIFICATION')
      }
      const listed = await other.hub.$call<{ items: unknown[] }>('listNotifications', {})
      assert.deepEqual(listed.items, [])
      assert.equal((await ask(webhook, { chat_id: '7' })).status, 200)
      await rig.hub.app.services.portalOperations.disable(rig.portal.id)
      const off = await ask(webhook, { chat_id: '7' })
      assert.deepEqual([off.status, off.body], [404, { status: 'Notification not found' }])
      await other[Symbol.asyncDispose]()
    })

    it('is saved with every fault named', async () => {
      await using rig = await openCommRig(store)
      await rig.call('saveScript', { code: 'won', steps: [{ send: { text: 'x' } }] })
      const missing = await rig.portal.hub
        .$call('saveNotification', { name: ' ' })
        .catch(({ data }) => (data as { fields: Fault[] }).fields)
      assert.deepEqual(
        (missing as Fault[]).toSorted((a, b) => (a.field < b.field ? -1 : 1)),
        ['destination', 'language', 'name', 'namespace', 'templateName'].map((field) => ({
          field,
          problem: 'Please enter text.',
        })),
      )
      const bad = await failureOf(
        saveSlot(rig, {
          text: '{{ x',
          templateName: '{% if %}',
          onSuccess: 'won',
          onFail: 'unknown',
          parameters: [{ type: 'body', value: '{{ a | nofilter }}' }],
          incoming: [{ contextKey: 'a', requestKey: '{{' }],
        }),
      )
      assert.deepEqual(bad.fields, [
        ...['incoming.0.requestKey', 'onFail', 'parameters.0.value', 'templateName', 'text'],
      ])
      const media = [
        { type: 'image', value: 'a' },
        { type: 'video', value: 'b' },
      ]
      assert.deepEqual((await failureOf(saveSlot(rig, { parameters: media }))).fields, [
        'parameters',
      ])
      const proto = [{ contextKey: '__proto__', requestKey: 'a' }]
      assert.equal((await failureOf(saveSlot(rig, { incoming: proto }))).code, -32602)
      assert.equal((await failureOf(saveSlot(rig, { name: 'x'.repeat(41) }))).code, -32602)
      assert.equal(
        (await failureOf(saveSlot(rig, { id: 999 }))).hubCode,
        'HUB_UNKNOWN_NOTIFICATION',
      )
      const { id, webhook } = await saveSlot(rig)
      const again = await saveSlot(rig, { id, name: 'x'.repeat(40) })
      assert.deepEqual(again, { id, webhook })
      const { items } = await rig.portal.hub.$call<{ items: Record<string, unknown>[] }>(
        'listNotifications',
        {},
      )
      assert.equal(items[0]?.['name'], 'x'.repeat(40))
      assert.equal(items[0]?.['webhook'], webhook)
    })
  })
}
