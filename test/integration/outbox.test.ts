import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DeliveryRig, startDeliveryRig } from '../helpers/delivery-rig.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_TOKEN } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }

interface StatusEvent {
  readonly type: string
  readonly status?: string
  readonly out?: string
  readonly key?: string
  readonly uncertain?: true
  readonly messageIds?: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
}

interface Sent {
  readonly id: string
  readonly status: string
}

function send(rig: DeliveryRig, text: string, chat = '55', more: object = {}): Promise<Sent> {
  return rig.portal.hub.sendMessage<Sent>({
    ...LINE,
    chat: { id: chat },
    message: { text },
    ...more,
  })
}

async function statuses(rig: DeliveryRig, count: number): Promise<StatusEvent[]> {
  const isStatus = ({ type }: { type: string }): boolean => type === 'message.status'
  await waitFor(
    () => rig.portal.server.events.filter(isStatus).length >= count,
    `${count} statuses`,
  )
  await rig.allNoted()
  return rig.portal.server.events.filter(isStatus) as unknown as StatusEvent[]
}

/** Texts that arrived at Telegram, by chat. */
function arrived(rig: DeliveryRig, chat: number): unknown[] {
  return rig.telegram
    .callsOf('sendMessage')
    .filter(({ params }) => params['chat_id'] === chat)
    .map(({ params }) => params['text'])
}

for (const store of testStores()) {
  describe(`the outbox on ${store.name}`, () => {
    it('sends the messages of a chat in the order in which the calls were answered', async () => {
      await using rig = await startDeliveryRig(store)
      const texts = Array.from({ length: 40 }, (_, index) => `message ${index}`)
      for (const text of texts) await send(rig, text)
      await statuses(rig, 30)
      assert.deepEqual(arrived(rig, 55), texts.slice(0, 30), "Telegram's rate for a chat")
      rig.clock.jump(33_000)
      const told = await statuses(rig, 40)
      assert.deepEqual(arrived(rig, 55), texts)
      assert.ok(
        told.every(({ status, messageIds }) => status === 'sent' && messageIds?.length === 1),
      )
    })

    it('queues the messages of a batch in their order, and each is answered for itself', async () => {
      await using rig = await startDeliveryRig(store)
      const call = (chat: string, text: string) =>
        ['sendMessage', { ...LINE, chat: { id: chat }, message: { text } }] as const
      const results = await rig.portal.hub.$batch([
        call('1', 'a1'),
        call('2', 'b1'),
        ['sendMessage', { ...LINE, line: 'none', chat: { id: '1' }, message: { text: 'x' } }],
        call('1', 'a2'),
        ['ping'],
        call('1', 'a3'),
        ['sendMessage', { ...LINE, chat: { id: '1' }, message: {} }],
      ])
      assert.deepEqual(
        results.map((result) => 'error' in result),
        [false, false, true, false, false, false, true],
      )
      await statuses(rig, 4)
      assert.deepEqual(arrived(rig, 1), ['a1', 'a2', 'a3'])
      assert.deepEqual(arrived(rig, 2), ['b1'])
    })

    it('takes nothing for a line that was disconnected a moment ago', async () => {
      await using rig = await startDeliveryRig(store)
      await send(rig, 'before')
      await statuses(rig, 1)
      await rig.portal.hub.$call('disconnect', LINE)
      await assert.rejects(send(rig, 'after'), /disconnected/)
      await assert.rejects(send(rig, 'nowhere', '1', { line: 'none' }), /no such line/)
    })

    it('refuses a key that was used for another message, in one batch too', async () => {
      await using rig = await startDeliveryRig(store)
      const first = await send(rig, 'once', '55', { key: 'k-1' })
      for (const other of [
        send(rig, 'something else', '55', { key: 'k-1' }),
        send(rig, 'once', '56', { key: 'k-1' }),
        rig.portal.hub.deleteMessage({
          ...LINE,
          chat: { id: '55' },
          message: { id: '7' },
          key: 'k-1',
        }),
      ]) {
        const { code, hubCode } = await failureOf(other)
        assert.deepEqual([code, hubCode], [-32_000, 'HUB_KEY_REUSED'])
      }
      const call = (text: string) =>
        ['sendMessage', { ...LINE, chat: { id: '55' }, message: { text }, key: 'k-2' }] as const
      const ends = await rig.portal.hub.$batch([call('a'), call('a'), call('b')])
      assert.deepEqual(
        ends.map(({ ok }) => ok),
        [true, true, false],
      )
      // Another format says nothing about the message.
      const { portalOperations } = rig.hub.app.services
      await portalOperations.edit(rig.portal.id, { format: { text: 'plain' } })
      assert.equal((await send(rig, 'once', '55', { key: 'k-1' })).id, first.id)
    })

    it('answers a repeated key with the first message and sends it once', async () => {
      await using rig = await startDeliveryRig(store)
      const first = await send(rig, 'once', '55', { key: 'k-1' })
      const both = await Promise.all([
        send(rig, 'once', '55', { key: 'k-1' }),
        send(rig, 'once', '55', { key: 'k-1' }),
      ])
      assert.deepEqual(
        both.map(({ id }) => id),
        [first.id, first.id],
      )
      const other = await send(rig, 'other', '55', { key: 'k-2' })
      assert.notEqual(other.id, first.id)
      const told = await statuses(rig, 2)
      assert.deepEqual(
        told.map(({ out, key }) => [out, key]),
        [
          [first.id, 'k-1'],
          [other.id, 'k-2'],
        ],
      )
      assert.deepEqual(arrived(rig, 55), ['once', 'other'])
      rig.clock.jump(24 * 3_600_000 + 1000)
      const again = await send(rig, 'once', '55', { key: 'k-1' })
      assert.notEqual(again.id, first.id)
      await statuses(rig, 3)
    })

    it('waits as long as a 429 says, holding up the chat but no other', async () => {
      await using rig = await startDeliveryRig(store)
      rig.telegram.fail('sendMessage', {
        status: 429,
        body: {
          ok: false,
          error_code: 429,
          description: 'Too Many Requests: retry after 30',
          parameters: { retry_after: 30 },
        },
      })
      await send(rig, 'a1', '1')
      await waitFor(() => rig.telegram.callsOf('sendMessage').length === 1, 'the first try')
      await send(rig, 'a2', '1')
      await send(rig, 'b1', '2')
      await statuses(rig, 1)
      assert.deepEqual(arrived(rig, 2), ['b1'])
      assert.deepEqual(arrived(rig, 1), ['a1'])
      rig.clock.jump(30_000)
      await statuses(rig, 3)
      assert.deepEqual(arrived(rig, 1), ['a1', 'a1', 'a2'])
    })

    it('repeats after a 5xx and says that the message may have been sent twice', async () => {
      await using rig = await startDeliveryRig(store)
      rig.telegram.fail('sendMessage', { status: 502, body: '<html>Bad Gateway</html>' })
      const { id } = await send(rig, 'hello')
      await waitFor(() => rig.telegram.callsOf('sendMessage').length === 1, 'the first try')
      await waitFor(() => {
        rig.clock.jump(500)
        return rig.portal.server.events.length > 0
      }, 'the status')
      const [told] = await statuses(rig, 1)
      assert.equal(told?.status, 'sent')
      assert.equal(told?.uncertain, true)
      const status = await rig.portal.hub.getMessageStatus<{ status: string }>({ ...LINE, id })
      assert.equal(status.status, 'sent')
    })

    it('tells that nobody is there, with the same words as a failure, and goes on', async () => {
      await using rig = await startDeliveryRig(store)
      rig.telegram.fail('sendMessage', {
        status: 403,
        body: { ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' },
      })
      await send(rig, 'unwanted')
      await send(rig, 'next')
      const [failed, sent] = await statuses(rig, 2)
      assert.equal(failed?.status, 'noAccount')
      assert.match(failed?.error?.message ?? '', /blocked by the user/)
      assert.equal(sent?.status, 'sent')
    })

    it("fails a message that the channel refuses, with the channel's words, and goes on", async () => {
      await using rig = await startDeliveryRig(store)
      const words = 'Forbidden: not enough rights to send text messages to the chat'
      rig.telegram.fail('sendMessage', {
        status: 403,
        body: { ok: false, error_code: 403, description: words },
      })
      const { id } = await send(rig, 'unwanted')
      await send(rig, 'next')
      const [failed, sent] = await statuses(rig, 2)
      assert.equal(failed?.status, 'failed')
      assert.equal(failed?.out, id)
      assert.deepEqual(failed?.messageIds, [])
      assert.match(failed?.error?.message ?? '', /not enough rights/)
      assert.equal(sent?.status, 'sent')
      const status = await rig.portal.hub.getMessageStatus<StatusEvent>({ ...LINE, id })
      assert.equal(status.status, 'failed')
      assert.match(status.error?.message ?? '', /not enough rights/)
    })

    it('pauses when the credentials are refused, tells the portal, and loses nothing', async () => {
      await using rig = await startDeliveryRig(store)
      rig.telegram.removeBot(BOT_TOKEN)
      await send(rig, 'one')
      await send(rig, 'two')
      const [notice] = await rig.portal.server.waitForPackets(1, 'connector.deactivated')
      assert.equal(
        (notice?.body as unknown as { reason?: string } | undefined)?.reason,
        'credentials_refused',
      )
      const paused = await rig.status()
      assert.equal(paused.status, 'failing')
      assert.equal(paused.outbound.depth, 2)
      await send(rig, 'three')
      rig.clock.jump(3_600_000)
      assert.equal((await rig.status()).outbound.depth, 3)
      rig.telegram.addBot({ token: BOT_TOKEN, id: 4242, username: 'desk_bot' })
      const tested = await rig.portal.hub.testConnect<{ ok: boolean }>(LINE)
      assert.equal(tested.ok, true)
      await statuses(rig, 3)
      assert.deepEqual(arrived(rig, 55), ['one', 'two', 'three'])
      assert.equal((await rig.status()).status, 'connected')
    })

    it('gives up after 24 h', async () => {
      await using rig = await startDeliveryRig(store)
      rig.telegram.fail('sendMessage', { status: 500, body: {}, times: 1000 })
      await send(rig, 'never')
      await waitFor(() => rig.telegram.callsOf('sendMessage').length >= 1, 'the first try')
      rig.clock.jump(24 * 3_600_000 + 1000)
      const [told] = await statuses(rig, 1)
      assert.equal(told?.status, 'failed')
      assert.match(told?.error?.message ?? '', /24 h/)
    })

    it('marks as uncertain what was being sent when the process died', async () => {
      await using rig = await startDeliveryRig(store)
      rig.telegram.removeBot(BOT_TOKEN)
      await send(rig, 'half sent')
      await rig.portal.server.waitForPackets(1, 'connector.deactivated')
      const { store: db } = rig.hub.app.services
      await waitFor(async () => {
        const [row] = await db.rows<{ owner: string | null }>('SELECT owner FROM outbox_line')
        return row?.owner === null
      }, 'the line to be released')
      await db.run("UPDATE outbox_message SET state = 'sending', uncertain = 0")
      rig.telegram.addBot({ token: BOT_TOKEN, id: 4242, username: 'desk_bot' })
      await rig.portal.hub.testConnect(LINE)
      const [told] = await statuses(rig, 1)
      assert.equal(told?.uncertain, true)
    })

    it('edits and deletes in the order of the calls', async () => {
      await using rig = await startDeliveryRig(store)
      await send(rig, 'first')
      const [told] = await statuses(rig, 1)
      const message = { id: told?.messageIds?.[0], text: 'changed' }
      await rig.portal.hub.updateMessage({ ...LINE, chat: { id: '55' }, message })
      await rig.portal.hub.deleteMessage({
        ...LINE,
        chat: { id: '55' },
        message: { id: message.id },
      })
      await statuses(rig, 3)
      const methods = rig.telegram.calls.map(({ method }) => method).slice(-3)
      assert.deepEqual(methods, ['sendMessage', 'editMessageText', 'deleteMessage'])
    })
  })
}
