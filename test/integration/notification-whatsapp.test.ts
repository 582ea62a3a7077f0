import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { FakeWhatsApp } from '../fakes/whatsapp.ts'
import { cloudError, statusError } from '../fakes/whatsapp-errors.ts'
import type { FakeNumber } from '../fakes/whatsapp-model.ts'
import {
  ANN,
  changeOf,
  messageFrom,
  statusTo,
  updateFromAnn,
  updateOf,
} from '../fakes/whatsapp-updates.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { createJumpClock, type JumpClock } from '../helpers/jump-clock.ts'
import { ask, notify, readTask, waitForTask } from '../helpers/notification-rig.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import type { TestResultShape } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { SECRETS, startFakeWhatsApp, whatsappSettings } from '../helpers/whatsapp-kit.ts'

const LINE = { connector: 'whatsapp.cloud', line: '7' }
const PHONE = '79005556677'
const SLOT = {
  name: 'Order',
  destination: LINE,
  incoming: [{ contextKey: 'order', requestKey: 'order' }],
  templateName: '{{ data.template }}',
  namespace: 'shop',
  language: 'ru',
  parameters: [
    { type: 'image', value: 'https://shop.example/a.png' },
    { type: 'body', value: '{{ data["name"] }}' },
    { type: 'body', value: '{{ params.order }}' },
    { type: 'button_url', value: 'order' },
  ],
}
const BODY = { phone_number: `+${PHONE}`, template: 'paid', name: 'Eve', order: 17 }

for (const store of testStores()) {
  describe(`notifications on WhatsApp, on ${store.name}`, () => {
    let database: OpenStore
    let clock: JumpClock
    let hub: TestHub
    let fake: FakeWhatsApp
    let number: FakeNumber
    let portal: TestPortal
    let url: string
    let webhook: string
    let slot: number

    beforeEach(async () => {
      database = await store.open()
      fake = await startFakeWhatsApp()
      number = fake.numbers[0] as FakeNumber
      number.people.set(PHONE, { wroteAt: 0 })
      clock = createJumpClock()
      hub = await startTestHub({ databaseUrl: database.databaseUrl, clock })
      portal = await addTestPortal(hub)
      const settings = whatsappSettings('whatsapp.cloud', fake.url)
      await portal.hub.saveSettings({ ...LINE, settings })
      const tested = await portal.hub.testConnect<TestResultShape>(LINE)
      assert.ok(tested.ok, JSON.stringify(tested))
      url = tested.status.webhookUrl
      for (const code of ['won', 'lost', 'nobody']) {
        const steps = [{ notify: { code, order: '{{ params.order }}' } }]
        await portal.hub.$call('saveScript', { ...LINE, code, steps })
      }
      const ends = { onSuccess: 'won', onFail: 'lost', onNoAccount: 'nobody' }
      const saved = await portal.hub.$call<{ id: number; webhook: string }>('saveNotification', {
        ...SLOT,
        ...ends,
      })
      webhook = saved.webhook
      slot = saved.id
    })
    afterEach(async () => {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await fake[Symbol.asyncDispose]()
      await database.dispose()
    })

    async function status(what: string, more: object = {}): Promise<void> {
      const id = 'wamid.sent1'
      const who = { recipient_id: PHONE, recipient_user_id: undefined }
      const told = statusTo(number, id, what, { ...who, ...more })
      const answer = await fake.push(url, told, number.app)
      assert.equal(answer.status, 200)
    }

    /** Turns the clock until the channel was called so often. */
    async function tried(times: number): Promise<void> {
      const isTried = () => {
        clock.jump(100)
        return fake.callsOf('messages').length >= times
      }
      await waitFor(isTried, `${times} tries`)
    }

    async function toldScript(): Promise<unknown> {
      const seen = () => portal.server.events.find(({ type }) => type === 'script.notify') as never
      await waitFor(() => seen() !== undefined, 'a script.notify')
      return (seen() as { data: unknown }).data
    }

    it('are templates, and end by the first status of the channel', async () => {
      const task = await notify(webhook, BODY)
      const sent = await waitForTask(webhook, task, 'sent')
      assert.deepEqual(sent['chat'], { id: PHONE })
      const [call] = fake.callsOf('messages')
      assert.equal(call?.json['to'], PHONE)
      assert.deepEqual(call?.json['template'], {
        name: 'paid',
        language: { code: 'ru' },
        components: [
          {
            type: 'header',
            parameters: [{ type: 'image', image: { link: 'https://shop.example/a.png' } }],
          },
          {
            type: 'body',
            parameters: [
              { type: 'text', text: 'Eve' },
              { type: 'text', text: '17' },
            ],
          },
          {
            type: 'button',
            sub_type: 'url',
            index: '0',
            parameters: [{ type: 'text', text: '17' }],
          },
        ],
      })
      const result = sent['result'] as { description: string; channel_response: object }
      assert.equal(result.description, 'received by channel')
      assert.ok('messages' in result.channel_response)
      await status('sent')
      const done = await waitForTask(webhook, task, 'delivered')
      assert.deepEqual(done['result'], { description: 'success', channel_response: null })
      assert.deepEqual(await toldScript(), { code: 'won', order: '17' })
      await status('failed')
      await status('read')
      const results = () => portal.server.events.filter((one) => one.type === 'notification.result')
      await waitFor(() => results().length === 2, 'two results')
      assert.equal((await readTask(webhook, task))['state'], 'delivered')
    })

    it('fail by a later status of the channel', async () => {
      const task = await notify(webhook, BODY)
      await waitForTask(webhook, task, 'sent')
      await status('failed', { errors: [{ code: 131_049, title: 'Not now' }] })
      const failed = await waitForTask(webhook, task, 'failed')
      const { description } = failed['result'] as { description: string }
      assert.equal(description, "channel couldn't sent message")
      assert.deepEqual(await toldScript(), { code: 'lost', order: '17' })
    })

    it('find nobody, at once or by a later status', async () => {
      fake.fail('messages', { status: 400, body: cloudError(131_026), times: 1 })
      const task = await notify(webhook, BODY)
      const nobody = await waitForTask(webhook, task, 'no_account')
      const result = nobody['result'] as { description: string; channel_response: object }
      assert.equal(result.description, 'no account')
      assert.ok('error' in result.channel_response)
      assert.deepEqual(await toldScript(), { code: 'nobody', order: '17' })
      const second = await notify(webhook, BODY)
      await waitForTask(webhook, second, 'sent')
      await status('failed', { errors: [statusError(131_026, 'nobody')] })
      await waitForTask(webhook, second, 'no_account')
    })

    it('fail with the code of the channel, and after a minute with one that stays', async () => {
      fake.fail('messages', { status: 400, body: cloudError(132_001), times: 1 })
      const refused = await waitForTask(webhook, await notify(webhook, BODY), 'failed')
      const { description, channel_response } = refused['result'] as Record<string, unknown>
      assert.equal(description, 'channel error 132001')
      assert.equal((channel_response as { error: { code: number } }).error.code, 132_001)
      assert.ok(!JSON.stringify(refused).includes(SECRETS.token))
      const tries = fake.callsOf('messages').length
      fake.fail('messages', { status: 500, body: 'broken', times: 100 })
      const task = await notify(webhook, BODY)
      await tried(tries + 4)
      const failed = await waitForTask(webhook, task, 'failed')
      const result = { description: 'channel error 500', channel_response: 'broken' }
      assert.deepEqual(failed['result'], result)
      assert.equal(fake.callsOf('messages').length, tries + 4)
    })

    it('fail when the channel can not be had', async () => {
      fake.fail('messages', { reset: true, times: 100 })
      const task = await notify(webhook, BODY)
      await tried(4)
      const failed = await waitForTask(webhook, task, 'failed')
      assert.deepEqual(failed['result'], { description: 'channel inaccessible' })
    })

    it('end when the person answers', async () => {
      const task = await notify(webhook, BODY)
      await waitForTask(webhook, task, 'sent')
      const message = messageFrom({ wa_id: PHONE }, 'wamid.in', {
        type: 'text',
        text: { body: 'ok' },
      })
      await fake.push(url, updateOf(changeOf(number, { messages: [message] })), number.app)
      await waitForTask(webhook, task, 'delivered')
    })

    it('reach by number whom WhatsApp knows by a user id', async () => {
      await fake.push(url, updateFromAnn(number, 'wamid.hi'), number.app)
      await portal.server.waitForEvents(1)
      const chat = { id: ANN.user_id }
      await portal.hub.$call('closeDialog', { ...LINE, chat })
      const body = { ...BODY, phone_number: ANN.wa_id }
      const task = await notify(webhook, body)
      assert.deepEqual((await waitForTask(webhook, task, 'sent'))['chat'], chat)
      assert.equal(fake.callsOf('messages').at(-1)?.json['to'], ANN.wa_id)
      await fake.push(url, updateFromAnn(number, 'wamid.ok'), number.app)
      await waitForTask(webhook, task, 'delivered')
      const waits = await notify(webhook, body)
      assert.equal((await readTask(webhook, waits))['state'], 'queued')
      await portal.hub.$call('closeDialog', { ...LINE, chat })
      await waitForTask(webhook, waits, 'sent')
    })

    it('take phone numbers of 10 to 18 digits, as text', async () => {
      const bad = [
        '123456789',
        '1'.repeat(19),
        '++79005556677',
        '7900+5556677',
        '',
        '7900 555',
        'x',
      ]
      for (const phone of [...bad, 79_005_556_677, null, ['79005556677']]) {
        clock.jump(1000)
        const answer = await ask(webhook, { ...BODY, phone_number: phone })
        assert.equal(answer.status, 400, String(phone))
        assert.deepEqual(answer.body, { status: 'Recipient ID not found or invalid.' })
      }
      assert.equal((await ask(webhook, { chat_id: PHONE })).status, 400)
      for (const phone of ['1'.repeat(10), '1'.repeat(18), `+${PHONE}`]) {
        clock.jump(1000)
        assert.equal((await ask(webhook, { ...BODY, phone_number: phone })).status, 200)
      }
    })

    it('pause the line, and fail at once, when the channel refuses its credentials', async () => {
      Object.assign(number, { token: 'another' })
      const task = await notify(webhook, BODY)
      const failed = await waitForTask(webhook, task, 'failed')
      assert.equal((failed['result'] as { description: string }).description, 'channel error 190')
      const isFailing = async () =>
        (await portal.hub.getStatus<{ status: string }>(LINE)).status === 'failing'
      await waitFor(isFailing, 'the line to be failing')
      const answer = await ask(webhook, BODY)
      assert.equal(answer.status, 404)
      assert.ok(slot > 0)
    })
  })
}
