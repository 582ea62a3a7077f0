import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deepMemberOf, textOf, valuesOf } from '../../src/portal/dialects/bitrix/wire/php-value.ts'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import { addBitrix, connectByPage, LINE, openBitrixRig } from '../helpers/bitrix-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

for (const store of testStores()) {
  for (const era of ['2019', '2026'] as const) {
    describe(`a Bitrix24 portal of ${era} on ${store.name}`, () => {
      it('is written to and answers, and learns what became of its answers', async () => {
        await using rig = await openBitrixRig(store, { era, isConnected: true })
        await rig.write('hello')
        await rig.portal.waitForShown(1)
        assert.deepEqual(rig.portal.texts(), ['hello'])
        await rig.answer('[b]Anna:[/b] [br]hi', 101)
        const delivery = await rig.posted('receivingStatusDelivery')
        assert.deepEqual(imOf(delivery), ['1807', '101'])
        assert.equal(valuesOf(deepMemberOf(delivery, 'message', 'id')).length, 1)
        const [call] = rig.telegram.callsOf('sendMessage')
        assert.match(String(call?.params['text']), /Anna.*hi/s)
      })

      it('is told when an answer reaches nobody', async () => {
        await using rig = await openBitrixRig(store, { era, isConnected: true })
        await rig.write('hello')
        await rig.portal.waitForShown(1)
        await rig.telegram.personBlocks({ botId: BOT_ID, chatId: 55 })
        await rig.answer('are you there?', 102)
        if (era === '2026') {
          const block = await rig.posted('receivingStatusBlock')
          assert.equal(textOf(deepMemberOf(block, 'message', 'type')), 'message_deny')
          const error = await rig.posted('receivingError')
          assert.equal(textOf(deepMemberOf(error, 'messageId')), '102')
        } else {
          await rig.portal.waitForShown(3)
          const [, blocked, failed] = rig.portal.texts()
          assert.match(String(blocked), /has blocked the bot/)
          assert.match(String(failed), /was not sent/)
        }
        assert.deepEqual(rig.portal.dropped, [])
      })

      it('keeps the order of what waited for it, and gets each once', async () => {
        await using rig = await openBitrixRig(store, { era, isConnected: true })
        rig.portal.script.push({ status: 502, body: '<html>Bad gateway</html>' })
        const texts = Array.from({ length: 60 }, (_, index) => `message ${index}`)
        for (const text of texts) await rig.write(text)
        await waitFor(async () => (await rig.lockout()) !== undefined, 'a lockout')
        rig.clock.jump(10 * 60_000)
        await rig.portal.waitForShown(60)
        assert.deepEqual(rig.portal.texts(), texts)
      })

      it('sees in words what it could not load, for it would lose such a message', async () => {
        await using rig = await openBitrixRig(store, { era, isConnected: true })
        const { telegram, portal } = rig
        const photo = (id: string) => [{ file_id: id, file_unique_id: id, width: 1, height: 1 }]
        const writes = async (fields: object) => {
          const count = portal.shown.length + 1
          await telegram.personWrites({ botId: BOT_ID, chatId: 55, fields: { ...fields } })
          await portal.waitForShown(count)
        }
        await writes({ photo: photo('UNKNOWN') })
        telegram.addFile(BOT_ID, 'GOOD', { path: 'photos/1.jpg', bytes: Buffer.from('jpg') })
        await writes({ photo: photo('GOOD') })
        telegram.fail('getFile', { status: 500, times: 9 })
        await writes({ voice: { file_id: 'AWAY', file_unique_id: 'AWAY', duration: 1 } })
        const [unknown, good, away] = portal.texts()
        assert.match(String(unknown), /File:.*\/files\/.*does not give it out/)
        assert.equal(good, '')
        assert.match(String(away), /File:.*\/files\/.*may work later/)
        assert.deepEqual(
          portal.shown.map(({ files }) => files.length),
          [0, 1, 0],
        )
        assert.deepEqual(portal.dropped, [])
      })

      it('gets messages whose line has a report before them that it does not support', async () => {
        await using rig = await openBitrixRig(store, { era, isConnected: true })
        await rig.write('hello')
        await rig.portal.waitForShown(1)
        const ERROR = [{ CODE: 'PROVIDER_DOES_NOT_SUPPORT_THIS_METHOD_CALL' }]
        rig.portal.script.push({ body: { OK: false, DATA: [], ERROR } })
        await rig.answer('hi', 103)
        await rig.posted('receivingStatusDelivery')
        await rig.write('and now?')
        await rig.portal.waitForShown(2)
      })

      it('gets what has waited when it asks whether the line is well', async () => {
        await using rig = await openBitrixRig(store, { era, isConnected: true })
        const refusal = { OK: false, DATA: [], ERROR: [{ CODE: 'NOT_ACTIVE_LINE' }] }
        for (const [count, command] of ['register', 'testConnect'].entries()) {
          rig.portal.posts.length = 0
          rig.portal.script.push({ body: refusal })
          await rig.write(`waits for ${command}`)
          await waitFor(() => rig.portal.posts.length > 0)
          await waitFor(async () => (await rig.lockout()) !== undefined)
          assert.equal((await rig.ask(command)).OK, true)
          await rig.portal.waitForShown(count + 1)
        }
      })

      it('may go back to an earlier text, and repeats are one edit', async () => {
        await using rig = await openBitrixRig(store, { era, isConnected: true })
        await rig.write('hello')
        await rig.portal.waitForShown(1)
        await rig.answer('first', 103)
        const delivery = await rig.posted('receivingStatusDelivery')
        const id = textOf(valuesOf(deepMemberOf(delivery, 'message', 'id'))[0]) ?? ''
        const edit = async (text: string): Promise<void> => {
          const im = { chat_id: '1807', message_id: '103' }
          const item = { im, message: { id: [id], text }, chat: { id: '55' } }
          const order = { ...LINE, command: 'updateMessage', args: [[item]] }
          await rig.portal.call(rig.hub.url, order)
        }
        const texts = () =>
          rig.telegram.callsOf('editMessageText').map(({ params }) => params['text'])
        for (const text of ['second', 'second', 'third']) await edit(text)
        await waitFor(() => texts().length === 2)
        await rig.allNoted()
        rig.clock.jump(6000)
        await edit('second')
        await waitFor(() => texts().length === 3)
        assert.deepEqual(texts(), ['second', 'third', 'second'])
      })

      it('gets no mark for a line that works again by the time it could be told', async () => {
        await using rig = await openBitrixRig(store, { era, isConnected: true })
        const away = { status: 502, body: '<html>Bad gateway</html>' }
        rig.portal.script.push(...Array.from({ length: 50 }, () => away))
        await rig.write('hello')
        rig.telegram.removeBot(BOT_TOKEN)
        const address = { portalId: rig.portalId, connector: 'telegram', externalId: LINE.line }
        const { lineOperations } = rig.hub.app.services
        await rig.answer('hi', 104)
        await waitFor(async () => {
          const { status, queue } = await lineOperations.statusOf(address)
          return status === 'failing' && queue.depth > 1
        })
        rig.portal.script.length = 0
        rig.telegram.addBot({ token: BOT_TOKEN, id: BOT_ID, username: 'desk_bot' })
        assert.equal((await lineOperations.test(await lineOperations.find(address))).ok, true)
        rig.portal.posts.length = 0
        rig.clock.jump(10 * 60_000)
        await rig.portal.waitForShown(1)
        await rig.posted('receivingStatusDelivery')
        await waitFor(async () => (await lineOperations.statusOf(address)).queue.depth === 0)
        const marks = rig.portal.posts.filter(({ command }) => command === 'deactivateConnector')
        assert.deepEqual(marks, [])
      })

      it('gets the mark for a line whose bot another portal has taken', async () => {
        await using rig = await openBitrixRig(store, { era, isConnected: true })
        await using other = await FakeBitrix.start({ licenceKey: 'PLANTED-LICENCE-KEY-0002' })
        await addBitrix(rig.hub, other)
        await connectByPage(rig.hub, other, rig.telegram.url)
        await waitFor(() =>
          rig.portal.posts.some(({ command }) => command === 'deactivateConnector'),
        )
        const { connector, line } = rig.portal.posts.at(-1) ?? {}
        assert.deepEqual({ connector, line }, LINE)
        assert.deepEqual(other.posts, [])
      })
    })
  }
}

function imOf(item: Parameters<typeof deepMemberOf>[0]): (string | undefined)[] {
  return ['chat_id', 'message_id'].map((key) => textOf(deepMemberOf(item, 'im', key)))
}
