import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DeliveryRig, startDeliveryRig } from '../helpers/delivery-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }

interface Status {
  readonly status: string
  readonly messageIds: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
}

async function queue(rig: DeliveryRig, message: object, chat = '55'): Promise<string> {
  const call = { ...LINE, chat: { id: chat }, message }
  return (await rig.portal.hub.sendMessage<{ id: string }>(call)).id
}

/** The end of a message; the clock is turned so that the channel's rates hold nothing up. */
async function endOf(rig: DeliveryRig, id: string): Promise<Status> {
  let status: Status | undefined
  await waitFor(async () => {
    rig.clock.jump(1000)
    status = await rig.portal.hub.getMessageStatus<Status>({ ...LINE, id })
    return status.status !== 'queued'
  }, 'the end of the message')
  assert.ok(status)
  return status
}

const refusedFor = (field: string) => (error: unknown) => {
  const { data } = error as { data?: { fields?: readonly { readonly field: string }[] } }
  return data?.fields?.some((fault) => fault.field.startsWith(field)) === true
}

for (const store of testStores()) {
  describe(`what portals should not send, on ${store.name}`, () => {
    it('is refused at once with the field at fault', async () => {
      await using rig = await startDeliveryRig(store)
      const many = Array.from({ length: 200 }, () => ({ url: 'https://files.example/a.png' }))
      for (const [message, field] of [
        [{}, 'message'],
        [{ text: '   ' }, 'message'],
        [{ text: 'x'.repeat(100_001) }, 'message.text'],
        [{ files: many }, 'message.files'],
        [{ files: [{ url: 'ftp://files.example/a' }] }, 'message.files.0.url'],
        [{ text: 'a', buttons: [[{ text: 'x'.repeat(1001) }]] }, 'message.buttons'],
        [{ text: 'a', surprise: 1 }, 'message'],
      ] as const) {
        await assert.rejects(
          queue(rig, message),
          refusedFor(field),
          JSON.stringify(message).slice(0, 60),
        )
      }
      await assert.rejects(queue(rig, { text: 'a' }, ''), refusedFor('chat'))
    })

    it('fails with a reason, and what is queued behind it goes on', async () => {
      await using rig = await startDeliveryRig(store)
      rig.telegram.fail('sendMessage', {
        status: 400,
        body: { ok: false, error_code: 400, description: 'Bad Request: chat not found' },
      })
      const unknownChat = await queue(rig, { text: 'anybody?' }, '999')
      const { id: edit } = await rig.portal.hub.updateMessage<{ id: string }>({
        ...LINE,
        chat: { id: '55' },
        message: { id: '4711', text: 'of a message that is gone' },
      })
      const next = await queue(rig, { text: 'next' })
      const [lost, edited, sent] = [
        await endOf(rig, unknownChat),
        await endOf(rig, edit),
        await endOf(rig, next),
      ]
      assert.deepEqual([lost.status, edited.status, sent.status], ['failed', 'failed', 'sent'])
      assert.match(lost.error?.message ?? '', /chat not found/)
      assert.match(edited.error?.message ?? '', /message to edit not found/)
    })

    it('is carried as well as the channel can: 50 000 characters, a button with 1 000', async () => {
      await using rig = await startDeliveryRig(store)
      const text = 'word '.repeat(10_000).trim()
      const long = await endOf(rig, await queue(rig, { text }))
      assert.equal(long.status, 'sent')
      assert.ok(long.messageIds.length >= 13)
      const shown = rig.telegram.callsOf('sendMessage').map(({ params }) => String(params['text']))
      assert.equal(shown.join(' ').split(/\s+/).length, 10_000)
      const label = 'y'.repeat(1000)
      const buttons = [[{ text: label, payload: 'p'.repeat(300) }]]
      const listed = await endOf(rig, await queue(rig, { text: 'choose', buttons }))
      assert.equal(listed.status, 'sent')
      const last = rig.telegram.callsOf('sendMessage').at(-1)
      assert.match(JSON.stringify(last?.params), new RegExp(label.slice(0, 50)))
    })

    it('learns nothing of the messages of others', async () => {
      await using rig = await startDeliveryRig(store)
      for (const id of ['out_zzzzzzzzzzz001', 'out_', 'evt_1', 'x']) {
        await assert.rejects(rig.portal.hub.getMessageStatus({ ...LINE, id }), refusedFor('id'), id)
      }
    })
  })
}
