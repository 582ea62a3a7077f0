import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DeliveryRig, startDeliveryRig } from '../helpers/delivery-rig.ts'
import { addTestPortal } from '../helpers/hub.ts'
import { findItems, findWith, stepOf, stepsOf } from '../helpers/journal.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, connectTelegram } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

for (const store of testStores()) {
  describe(`what became of a message, on ${store.name}`, () => {
    it('is told of one that came in, by its event, its packet and its id at the channel', async () => {
      await using rig = await startDeliveryRig(store)
      await rig.write('hello')
      const [event] = await rig.portal.server.waitForEvents(1)
      const found = await findWith(rig.portal, String(event?.id), 'accepted')
      const { steps, ...about } = found
      assert.deepEqual(about, {
        ...LINE,
        direction: 'in',
        evt: event?.id,
        chat: { id: '55' },
        messageIds: [messageIdOf(event)],
      })
      assert.deepEqual(stepsOf(found), ['received', 'attempt', 'accepted'])
      for (const { at } of steps) assert.match(at, ISO)
      assert.equal(typeof stepOf(found, 'received').ms, 'number')
      const attempt = stepOf(found, 'attempt')
      assert.equal(attempt.status, 200)
      const packet = rig.portal.server.packets.find(({ body }) => body.type === 'events')
      assert.equal(attempt.packet, packet?.body.id)
      assert.deepEqual(await findItems(rig.portal, String(attempt.packet)), [found])
      assert.deepEqual(await findItems(rig.portal, messageIdOf(event)), [found])
      assert.deepEqual(await findItems(rig.portal, messageIdOf(event), { chat: '55' }), [found])
      const asObject = { ...LINE, chat: { id: '55' } }
      assert.deepEqual(await findItems(rig.portal, messageIdOf(event), asObject), [found])
      assert.deepEqual(await findItems(rig.portal, messageIdOf(event), { chat: '56' }), [])
      assert.deepEqual(await findItems(rig.portal, messageIdOf(event), { line: '13' }), [])
    })

    it('is told of one that the channel sent again, and of its edits', async () => {
      await using rig = await startDeliveryRig(store)
      const message = {
        message_id: 77,
        chat: { id: 55, type: 'private', first_name: 'Ann' },
        from: { id: 55, is_bot: false, first_name: 'Ann' },
        date: Math.floor(Date.now() / 1000),
        text: 'first',
      }
      await rig.telegram.push(BOT_ID, { update_id: 900, message })
      await rig.telegram.push(BOT_ID, { update_id: 900, message })
      const edited = { ...message, text: 'second', edit_date: message.date + 1 }
      await rig.telegram.push(BOT_ID, { update_id: 901, edited_message: edited })
      await rig.portal.server.waitForEvents(2)
      const items = await waitFor(async () => {
        const all = await findItems(rig.portal, '77')
        return all.length === 2 && all.every((item) => stepsOf(item).includes('accepted'))
          ? all
          : undefined
      })
      assert.deepEqual(stepsOf(items[0]).toSorted(), [
        'accepted',
        'attempt',
        'received',
        'repeated',
      ])
      assert.deepEqual(stepsOf(items[1]), ['received', 'attempt', 'accepted'])
    })

    it('says what was ignored, and why', async () => {
      await using rig = await startDeliveryRig(store)
      await rig.telegram.push(BOT_ID, {
        channel_post: {
          message_id: 78,
          chat: { id: -100, type: 'channel', title: 'News' },
          from: { id: BOT_ID, is_bot: true, first_name: 'Desk' },
          date: 1,
          text: 'x',
        },
      })
      const [item] = await findItems(rig.portal, '78')
      assert.equal(item?.evt, undefined)
      assert.equal(stepOf(item, 'ignored').reason, 'written by the bot itself')
      assert.deepEqual(item?.chat, { id: '-100' })
    })

    it('tells of refusals, dead letters and replays', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer(({ body }) => ({
        body: {
          accepted: [],
          rejected: [{ id: body.events?.[0]?.id, reason: 'no such dialogue' }],
        },
      }))
      await rig.write('one')
      const id = await waitFor(() => rig.portal.server.received[0]?.id)
      const dead = await findWith(rig.portal, id, 'dead')
      assert.deepEqual(stepsOf(dead), ['received', 'attempt', 'dead'])
      assert.equal(stepOf(dead, 'dead').reason, 'no such dialogue')
      rig.portal.server.answer()
      assert.deepEqual(await rig.portal.hub.replayDeadLetters(LINE), { replayed: 1 })
      const again = await findWith(rig.portal, id, 'accepted')
      const names = ['received', 'attempt', 'dead', 'replayed', 'attempt', 'accepted']
      assert.deepEqual(stepsOf(again), names)
    })

    it('keeps what a portal answered when it refused an event for good', async () => {
      await using rig = await startDeliveryRig(store)
      const page = `<html>${rig.portal.secret}${'no field NAME '.repeat(60)}</html>`
      rig.portal.server.answer(() => ({ status: 422, body: page }))
      await rig.write('one')
      const id = await waitFor(() => rig.portal.server.received[0]?.id)
      await rig.allNoted()
      await waitFor(async () => {
        rig.clock.jump(60_000)
        await rig.portal.hub.retryNow(LINE)
        await rig.allNoted()
        return (await rig.status()).deadLetters === 1
      })
      type Letters = { items: { reason: string; event: { id: string } }[] }
      const { items } = await rig.portal.hub.listDeadLetters<Letters>(LINE)
      const [letter] = items
      const said = page.replace(rig.portal.secret, '[secret]').slice(0, 500)
      assert.equal(letter?.reason, `poison: HTTP 422: ${said}`)
      const item = await findWith(rig.portal, id, 'dead')
      assert.equal(stepOf(item, 'dead').reason, 'poison: HTTP 422', 'a page may hold anything')
      assert.equal(stepOf(item, 'attempt').status, 422)
    })

    it('warns of what a portal rejects, with ids and reasons', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer(({ body }) => ({
        body: {
          accepted: [],
          rejected: body.events?.map(({ id }) => ({ id, reason: 'cannot take "hello world"' })),
        },
      }))
      await rig.write('hello world')
      const line = await waitFor(() =>
        logLines(rig).find(({ event }) => event === 'inbox.rejected'),
      )
      assert.equal(line['level'], 'warn')
      assert.equal(line['count'], 1)
      assert.deepEqual(line['evts'], [rig.portal.server.received[0]?.id])
      assert.equal(line['line'], `${rig.portal.id}/telegram/12`)
      assert.deepEqual(line['reasons'], ['cannot take "…"'])
    })

    it('is told of one that went out, by its id, its key and its id at the channel', async () => {
      await using rig = await startDeliveryRig(store)
      const sent = { ...LINE, chat: { id: '55' }, key: 'order 7 %_"\'', message: { text: 'hi' } }
      const { id } = await rig.portal.hub.sendMessage<{ id: string }>(sent)
      assert.equal((await rig.portal.hub.sendMessage<{ id: string }>(sent)).id, id)
      const found = await findWith(rig.portal, id, 'sent')
      assert.deepEqual(stepsOf(found), ['queued', 'attempt', 'sent'])
      assert.equal(found.direction, 'out')
      assert.deepEqual(found.chat, { id: '55' })
      const ids = stepOf(found, 'sent').messageIds
      assert.deepEqual(found.messageIds, ids)
      assert.equal(stepOf(found, 'attempt').outcome, 'sent')
      assert.deepEqual(await findItems(rig.portal, sent.key), [found])
      assert.deepEqual(await findItems(rig.portal, String(ids?.[0])), [found])
    })

    it('says what the channel answered, when it is tried again, and how it failed', async () => {
      await using rig = await startDeliveryRig(store)
      const words = `retry later, not PLANTED TEXT`
      rig.telegram.fail('sendMessage', {
        status: 500,
        body: { ok: false, error_code: 500, description: words },
      })
      const text = 'PLANTED TEXT'
      const { id } = await rig.portal.hub.sendMessage<{ id: string }>({
        ...LINE,
        chat: { id: '55' },
        message: { text },
      })
      const tried = await findWith(rig.portal, id, 'attempt')
      const attempt = stepOf(tried, 'attempt')
      assert.equal(attempt.outcome, 'retry')
      assert.match(String(attempt.nextAt), ISO)
      assert.ok(!JSON.stringify(tried).includes(text))
      rig.telegram.fail('sendMessage', {
        status: 400,
        body: { ok: false, error_code: 400, description: 'Bad Request: chat not found' },
      })
      rig.clock.jump(10_000)
      const failed = await findWith(rig.portal, id, 'failed')
      assert.deepEqual(stepsOf(failed), ['queued', 'attempt', 'attempt', 'failed'])
      assert.match(String(failed.steps[2]?.message), /chat not found/)
    })

    it('shows each portal its own alone, also where channels give the same ids', async () => {
      await using rig = await startDeliveryRig(store)
      const other = await addTestPortal(rig.hub)
      await using _ = other
      rig.telegram.addBot({
        token: '4343:PLANTED-other-bot-0000000000000',
        id: 4343,
        username: 'b',
      })
      const settings = { token: '4343:PLANTED-other-bot-0000000000000' }
      assert.ok((await connectTelegram(other, rig.telegram, '12', settings)).ok)
      await rig.write('mine')
      await rig.telegram.personWrites({ botId: 4343, chatId: 55, text: 'theirs' })
      const [mine] = await rig.portal.server.waitForEvents(1)
      const [theirs] = await other.server.waitForEvents(1)
      assert.equal(messageIdOf(mine), messageIdOf(theirs), 'the case that is meant')
      const ids = (items: readonly { evt?: string }[]) => items.map(({ evt }) => evt)
      assert.deepEqual(ids(await findItems(rig.portal, messageIdOf(mine))), [mine?.id])
      assert.deepEqual(ids(await findItems(other, messageIdOf(mine))), [theirs?.id])
      assert.deepEqual(await findItems(other, String(mine?.id)), [])
      const found = await findWith(rig.portal, String(mine?.id), 'accepted')
      assert.deepEqual(await findItems(other, String(stepOf(found, 'attempt').packet)), [])
      assert.deepEqual(await findItems(other, String(mine?.id), LINE), [])
    })

    it('knows it after a restart', async () => {
      await using rig = await startDeliveryRig(store)
      await rig.write('hello')
      const [event] = await rig.portal.server.waitForEvents(1)
      await rig.hub.restart()
      const services = rig.hub.app.services
      const [found] = await services.messageFinder.find({ id: String(event?.id) })
      assert.deepEqual(stepsOf(found?.item), ['received', 'attempt', 'accepted'])
    })
  })
}

function messageIdOf(event: object | undefined): string {
  return String((event as { message?: { id?: string } } | undefined)?.message?.id)
}

function logLines({ hub }: DeliveryRig): Record<string, unknown>[] {
  const lines = hub.logText().split('\n')
  return lines.flatMap((line) => (line ? [JSON.parse(line) as Record<string, unknown>] : []))
}
