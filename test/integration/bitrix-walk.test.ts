import assert from 'node:assert/strict'
import { it } from 'node:test'
import { deepMemberOf, textOf, valuesOf } from '../../src/portal/dialects/bitrix/wire/php-value.ts'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import { addBitrix, connectByPage, LINE, openBitrixRig } from '../helpers/bitrix-rig.ts'
import { startFileServer } from '../helpers/file-server.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const HOUR_MS = 3_600_000
const BROKEN = { status: 502, body: '<html>Bad gateway</html>' }
const IM = { chat_id: '1807', message_id: '201' }

for (const store of testStores()) {
  for (const era of ['2019', '2026'] as const) {
    it(`a day with a Bitrix24 portal of ${era} on ${store.name}, with restarts in between`, async () => {
      await using rig = await openBitrixRig(store, { era })
      await using files = await startFileServer(({ url = '' }, response) => {
        // Both links lead on before they come to the file.
        if (url.startsWith('/~')) response.writeHead(302, { location: '/price.pdf' }).end()
        else response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-1')
      })
      const { portal, telegram, hub, clock } = rig

      await connectByPage(hub, portal, telegram.url)
      await rig.write('what is the price?')
      const [question] = await portal.waitForShown(1)
      assert.equal(question?.text, 'what is the price?')

      const file = { name: 'price.pdf', type: 'file', link: `${files.url}/~short#.pdf`, size: 6 }
      await rig.answer('[b]Anna:[/b] [br]Here :f09f918b:', 201, [file])
      const delivery = await rig.posted('receivingStatusDelivery')
      assert.deepEqual(
        ['chat_id', 'message_id'].map((key) => textOf(deepMemberOf(delivery, 'im', key))),
        ['1807', '201'],
      )
      const ids = valuesOf(deepMemberOf(delivery, 'message', 'id')).map((id) => textOf(id) ?? '')
      const document = telegram.callsOf('sendDocument').at(-1)
      assert.ok(document, 'the file went out')
      assert.match(JSON.stringify([document.params, telegram.callsOf('sendMessage')]), /Here 👋/)

      await rig.restart()
      await rig.answer('10 EUR', 202)
      await waitFor(() => portal.items('receivingStatusDelivery').length > 1)
      const second = portal.items('receivingStatusDelivery').at(-1)
      const [secondId = ''] = valuesOf(deepMemberOf(second, 'message', 'id')).map(textOf)
      const change = { im: IM, message: { id: [secondId], text: '12 EUR' }, chat: { id: '55' } }
      await order('updateMessage', change)
      await waitFor(() => telegram.callsOf('editMessageText').length > 0)
      assert.equal(telegram.callsOf('editMessageText')[0]?.params['text'], '12 EUR')
      for (const id of ids)
        await order('deleteMessage', { im: IM, message: { id }, chat: { id: '55' } })
      await waitFor(() => telegram.callsOf('deleteMessage').length === ids.length)

      portal.script.push(...Array.from({ length: 8 }, () => BROKEN))
      const before = portal.shown.length
      const texts = ['one', 'two', 'three'].map((word) => `while away: ${word}`)
      for (const text of texts) await rig.write(text)
      const address = { portalId: rig.portalId, connector: 'telegram', externalId: LINE.line }
      for (let attempt = 1; attempt <= 8; attempt++) {
        await waitFor(async () => {
          const { lockout } = await hub.app.services.lineOperations.statusOf(address)
          return (lockout?.attempt ?? 0) >= attempt
        }, `attempt ${attempt}`)
        clock.jump(2 * HOUR_MS)
      }
      await rig.restart()
      await waitFor(() => portal.shown.length >= before + texts.length, 'what has waited')
      assert.deepEqual(
        portal.shown.slice(before).map(({ text }) => text),
        texts,
      )

      await using other = await FakeBitrix.start({ licenceKey: 'PLANTED-LICENCE-KEY-0002' })
      await addBitrix(hub, other)
      await connectByPage(hub, other, telegram.url)
      await waitFor(() => portal.posts.some(({ command }) => command === 'deactivateConnector'))
      await rig.write('to the other one')
      await other.waitForShown(1)
      assert.equal(portal.shown.length, before + texts.length)
      assert.deepEqual([portal.dropped, other.dropped], [[], []])

      async function order(command: string, item: object): Promise<void> {
        await portal.order(hub.url, { ...LINE, command, args: [[item as never]] })
      }
    })
  }
}
