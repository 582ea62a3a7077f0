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
  textOf,
  updateFromAnn,
  updateOf,
} from '../fakes/whatsapp-updates.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { createJumpClock, type JumpClock } from '../helpers/jump-clock.ts'
import { failureOf } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import type { StatusShape, TestResultShape } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { NUMBER, SECRETS, startFakeWhatsApp, whatsappSettings } from '../helpers/whatsapp-kit.ts'

const MEGABYTE = 1024 * 1024
const DAY_MS = 24 * 3600 * 1000
/** As the connector has it. */
const TELLS_WITHIN_MS = 10_000
const CHAT = { id: ANN.user_id }

/** An event at the portal, as far as these tests look. */
interface Seen {
  readonly type: string
  readonly status?: string
  readonly out?: string
  readonly messageIds?: readonly string[]
  readonly uncertain?: true
  readonly error?: { readonly code: string }
  readonly chat?: { readonly id: string }
  readonly user?: { readonly id: string; readonly phone?: string }
  readonly message?: {
    readonly id: string
    readonly text?: string
    readonly files?: readonly { readonly url: string; readonly mime?: string }[]
  }
}

for (const kind of testStores()) {
  for (const provider of ['cloud', '360dialog'] as const) {
    const connector = `whatsapp.${provider}` as const
    const line = { connector, line: '7' }

    describe(`a number at ${provider}, on ${kind.name}`, () => {
      let database: OpenStore
      let clock: JumpClock
      let hub: TestHub
      let fake: FakeWhatsApp
      let number: FakeNumber
      let portal: TestPortal
      let url: string

      beforeEach(async () => {
        database = await kind.open()
        fake = await startFakeWhatsApp()
        number = fake.numbers[0] as FakeNumber
        clock = createJumpClock()
        hub = await startTestHub({ databaseUrl: database.databaseUrl, clock })
        portal = await addTestPortal(hub)
        const settings = whatsappSettings(connector, fake.url)
        await portal.hub.saveSettings({ ...line, settings })
        const tested = await portal.hub.testConnect<TestResultShape>(line)
        assert.ok(tested.ok && tested.webhookInstalled, JSON.stringify(tested))
        assert.equal(tested.channel.identity, NUMBER.id)
        url = tested.status.webhookUrl
      })
      afterEach(async () => {
        await hub.stop()
        await portal[Symbol.asyncDispose]()
        await fake[Symbol.asyncDispose]()
        await database.dispose()
      })

      /** As the provider posts it to the number's address. */
      async function post(body: unknown): Promise<number> {
        const answer =
          provider === 'cloud'
            ? await fake.push(url, body, number.app)
            : await fake.pushDialog(number, body)
        return answer.status
      }

      function seen(): Seen[] {
        return [...portal.server.events] as Seen[]
      }

      async function arrived(count: number): Promise<Seen[]> {
        await waitFor(() => seen().length >= count, `${count} events at the portal`)
        assert.equal(seen().length, count)
        return seen()
      }

      async function say(text: string): Promise<string> {
        const message = { ...line, chat: CHAT, message: { text } }
        return (await portal.hub.sendMessage<{ id: string }>(message)).id
      }

      it('has the webhook that was tried while the test ran, until it is disconnected', async () => {
        const own = provider === 'cloud' ? number.override : number.webhook?.url
        assert.equal(own, url)
        await portal.hub.disconnect(line)
        const left = provider === 'cloud' ? number.override : number.webhook?.url
        assert.equal(left ?? '', '')
        const late = updateFromAnn(number, 'wamid.1')
        const signed = { secret: SECRETS.app }
        assert.equal((await fake.push(url, late, signed)).status, 409)
      })

      it('hears what people write, once, and opens their files', async () => {
        const bytes = Buffer.from('%PDF of the act')
        fake.media.set('9876', { bytes, mime: 'application/pdf' })
        const file = {
          id: '9876',
          mime_type: 'application/pdf',
          filename: 'act.pdf',
          caption: 'see *it*',
        }
        const document = updateFromAnn(number, 'wamid.2', { type: 'document', document: file })
        assert.equal(await post(updateFromAnn(number, 'wamid.1', textOf('Привет 👋'))), 200)
        for (const _ of [1, 2]) assert.equal(await post(document), 200)
        const [first, second] = await arrived(2)
        assert.deepEqual([first?.message?.text, first?.chat?.id], ['Привет :wave:', ANN.user_id])
        assert.equal(first?.user?.phone, `+${ANN.wa_id}`)
        assert.equal(second?.message?.text, 'see [b]it[/b]')
        const link = second?.message?.files?.[0]?.url ?? ''
        assert.ok(link.startsWith(hub.url), link)
        const answer = await fetch(link)
        assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes)
        assert.equal(answer.headers.get('content-type'), 'application/pdf')
        fake.media.delete('9876')
        const gone = await fetch(link)
        assert.equal(gone.status, 410)
        assert.match(await gone.text(), /HUB_FILE_GONE/)
      })

      it('sends to whom it has heard, and tells what became of the message', async () => {
        assert.equal(await post(updateFromAnn(number, 'wamid.1')), 200)
        const out = await say('[b]hello[/b]')
        const told = await arrived(2)
        assert.deepEqual([told[1]?.status, told[1]?.out], ['sent', out])
        const [call] = fake.callsOf('messages')
        assert.deepEqual([call?.json['to'], call?.json['text']], [ANN.wa_id, { body: '*hello*' }])
        const tag = { biz_opaque_callback_data: call?.json['biz_opaque_callback_data'] }
        for (const status of ['delivered', 'read', 'delivered', 'sent', 'read']) {
          assert.equal(await post(statusTo(number, 'wamid.sent1', status, tag)), 200)
        }
        // What comes last shows that nothing else has come before it.
        assert.equal(await post(updateFromAnn(number, 'wamid.2')), 200)
        const all = await arrived(5)
        assert.deepEqual(
          all.slice(2, 4).map((event) => [event.status, event.out, event.chat?.id]),
          [
            ['delivered', out, ANN.user_id],
            ['read', out, ANN.user_id],
          ],
        )
      })

      it('tells that a message failed after it was sent, in the chat that it was for', async () => {
        const out = await say('hello')
        await arrived(1)
        const [call] = fake.callsOf('messages')
        const failed = {
          recipient_user_id: undefined,
          biz_opaque_callback_data: call?.json['biz_opaque_callback_data'],
          errors: [statusError(131_026, 'Message undeliverable.')],
        }
        assert.equal(await post(statusTo(number, 'wamid.sent1', 'failed', failed)), 200)
        const [, told] = await arrived(2)
        const { status, chat, error } = told ?? {}
        assert.deepEqual([status, told?.out, chat?.id], ['noAccount', out, ANN.user_id])
        assert.equal(error?.code, '131026')
      })

      /** What the hub has put to the message it sent last, which comes back with its statuses. */
      function lastTag(): object {
        const call = fake.callsOf('messages').at(-1)
        return { biz_opaque_callback_data: call?.json['biz_opaque_callback_data'] }
      }

      it('knows its message by a status that overtakes the answer to the send', async () => {
        const answers: number[] = []
        fake.fail('messages', {
          async before() {
            answers.push(await post(statusTo(number, 'wamid.sent1', 'delivered', lastTag())))
          },
        })
        const out = await say('hello')
        const told = await arrived(2)
        assert.deepEqual(answers, [200])
        assert.deepEqual(
          told.map((event) => [event.status, event.out]),
          [
            ['sent', out],
            ['delivered', out],
          ],
        )
      })

      it('sends nothing twice of which a status has come, though no answer did', async () => {
        fake.fail('messages', { isDone: true, reset: true })
        const out = await say('hello')
        await waitFor(() => hub.logText().includes('"outcome":"retry"'), 'the failed try')
        assert.equal(await post(statusTo(number, 'wamid.sent1', 'sent', lastTag())), 200)
        assert.equal(await post(statusTo(number, 'wamid.sent1', 'read', lastTag())), 200)
        clock.jump(TELLS_WITHIN_MS)
        const told = await arrived(2)
        assert.deepEqual(
          told.map(({ status, out: ours, messageIds, uncertain }) => [
            status,
            ours,
            messageIds,
            uncertain,
          ]),
          [
            ['sent', out, ['wamid.sent1'], undefined],
            ['read', out, ['wamid.sent1'], undefined],
          ],
        )
        assert.equal(fake.callsOf('messages').length, 1)
      })

      it('answers within 24 hours alone, and with templates beyond them', async () => {
        assert.equal(await post(updateFromAnn(number, 'wamid.1')), 200)
        fake.now = () => Date.now() + DAY_MS + 60_000
        await say('too late')
        const told = await arrived(2)
        assert.deepEqual([told[1]?.status, told[1]?.error?.code], ['failed', 'outside_window'])
        const template = {
          name: 'order',
          language: 'ru',
          status: 'APPROVED',
          category: 'UTILITY',
          components: [],
        }
        fake.templates.set(NUMBER.wabaId, [template])
        const { templates } = await portal.hub.listTemplates<{ templates: { name: string }[] }>(
          line,
        )
        assert.deepEqual(
          templates.map(({ name }) => name),
          ['order'],
        )
        const { name, language } = template
        const sent = { ...line, chat: CHAT, template: { name, language } }
        assert.deepEqual(await portal.hub.sendTemplate(sent), { messageIds: ['wamid.sent1'] })
        const details = 'template name (order) does not exist in ru'
        fake.fail('messages', { status: 404, body: cloudError(132_001, { details }) })
        const refused = await failureOf(portal.hub.sendTemplate(sent))
        assert.equal(refused.hubCode, 'HUB_CHANNEL_REFUSED')
        assert.ok(refused.message.includes(details))
        const parameters = [{ type: 'text', text: 'a\nb' }]
        const bad = { ...sent.template, components: [{ type: 'body', parameters }] }
        const failure = await failureOf(portal.hub.sendTemplate({ ...sent, template: bad }))
        assert.deepEqual(failure.fields, ['template.components.0.parameters.0.text'])
      })

      it('takes nothing that is not shown to be genuine, and stores nothing of it', async () => {
        const body = updateFromAnn(number, 'wamid.1')
        const strange = { 'x-hub-token': 'made up' }
        const forged =
          provider === 'cloud'
            ? await fake.push(url, body, { secret: 'made up' })
            : await fake.pushDialog(number, body, strange)
        const bare = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        assert.deepEqual([forged.status, bare.status], [401, 401])
        const wrong = `${url}&hub.mode=subscribe&hub.verify_token=made-up&hub.challenge=1`
        assert.equal((await fetch(wrong)).status, provider === 'cloud' ? 403 : 405)
        const status = await portal.hub.getStatus<StatusShape>(line)
        assert.equal(status.queue.depth, 0)
        assert.ok(!Object.values(SECRETS).some((secret) => hub.logText().includes(secret)))
      })

      it('hears nothing of another number, and of its own in a body of 3 MiB', async () => {
        const foreign = changeOf(
          { ...number, id: '999' },
          { messages: [messageFrom(ANN, 'x', textOf('x'))] },
        )
        assert.equal(await post(updateOf(foreign)), 200)
        const messages = Array.from({ length: 400 }, (_, index) =>
          messageFrom(ANN, `wamid.${index}`, textOf('x'.repeat(4000))),
        )
        const raw = JSON.stringify(
          updateOf(foreign, changeOf(number, { contacts: [ANN], messages })),
        )
        const body = raw + ' '.repeat(3 * MEGABYTE - raw.length)
        assert.equal(await post(`${body} `), 413)
        assert.equal(await post(body), 200)
        await waitFor(() => seen().length === 400, 'all of it', 20_000)
        assert.deepEqual(
          seen().map(({ message }) => message?.id),
          messages.map((_, index) => `wamid.${index}`),
        )
      })
    })
  }

  it(`a key whose number 360dialog does not tell is connected by itself, on ${kind.name}`, async () => {
    await using database = await kind.open()
    await using fake = await startFakeWhatsApp()
    const [number] = fake.numbers as [FakeNumber]
    number.isHealthHidden = true
    await using hub = await startTestHub({ databaseUrl: database.databaseUrl })
    await using portal = await addTestPortal(hub)
    const line = { connector: 'whatsapp', line: '1' }
    const { apiKey } = SECRETS
    const settings = { provider: '360dialog', apiKey, apiRoot: fake.url }
    await portal.hub.saveSettings({ ...line, settings })
    const { ok, channel } = await portal.hub.testConnect<TestResultShape>(line)
    assert.ok(ok)
    assert.match(channel.identity ?? '', /^key:[0-9a-f]{32}$/)
    for (const id of ['wamid.1', 'wamid.2']) {
      assert.equal((await fake.pushDialog(number, updateFromAnn(number, id))).status, 200)
    }
    await portal.server.waitForEvents(2)
    const { identity } = await portal.hub.getStatus<StatusShape>(line)
    assert.equal(identity, NUMBER.id)
    const foreign = changeOf(
      { ...number, id: '999' },
      { messages: [messageFrom(ANN, 'x', textOf('x'))] },
    )
    assert.equal((await fake.pushDialog(number, updateOf(foreign))).status, 200)
    assert.equal((await fake.pushDialog(number, updateFromAnn(number, 'wamid.3'))).status, 200)
    const events = await portal.server.waitForEvents(3)
    assert.equal(events.length, 3)
    await hub.stop()
  })

  describe(`two numbers of one app, on ${kind.name}`, () => {
    it('get what is theirs, whichever address it comes to, and share identities with 360dialog', async () => {
      await using database = await kind.open()
      await using fake = await startFakeWhatsApp()
      const [desk] = fake.numbers as [FakeNumber]
      const shop = fake.addNumber({
        ...desk,
        id: '555',
        token: 'PLANTED-token-of-the-shop',
        apiKey: 'none',
      })
      await using hub = await startTestHub({ databaseUrl: database.databaseUrl })
      await using portal = await addTestPortal(hub)
      await using other = await addTestPortal(hub)
      const connect = async (
        owner: TestPortal,
        address: { readonly connector: string; readonly line: string },
        settings: object,
      ) => {
        await owner.hub.saveSettings({ ...address, settings })
        const tested = await owner.hub.testConnect<TestResultShape>(address)
        assert.ok(tested.ok, JSON.stringify(tested))
        return tested
      }
      const cloud = whatsappSettings('whatsapp', fake.url)
      const first = await connect(portal, { connector: 'whatsapp', line: '1' }, cloud)
      const second = { ...cloud, phoneNumberId: shop.id, accessToken: shop.token }
      await connect(other, { connector: 'whatsapp', line: '2' }, second)
      const [one, two] = [desk, shop].map((number) =>
        changeOf(number, {
          contacts: [ANN],
          messages: [messageFrom(ANN, `wamid.${number.id}`, textOf('x'))],
        }),
      )
      assert.ok(one && two)
      const { webhookUrl } = first.status
      assert.equal((await fake.push(webhookUrl, updateOf(one, two), desk.app)).status, 200)
      assert.equal((await fake.push(webhookUrl, updateOf(two), desk.app)).status, 200)
      await portal.server.waitForEvents(1)
      await other.server.waitForEvents(1)
      const ids = [portal, other].map(({ server }) =>
        (server.events as Seen[]).map(({ message }) => message?.id),
      )
      assert.deepEqual(ids, [[`wamid.${desk.id}`], [`wamid.${shop.id}`]])
      const dialog = whatsappSettings('whatsapp.360dialog', fake.url)
      const third = await connect(other, { connector: 'whatsapp.360dialog', line: '3' }, dialog)
      assert.equal(third.displaced, true)
      await hub.stop()
    })
  })
}
