import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FakeNumber } from '../fakes/whatsapp-model.ts'
import { changeOf, messageFrom, textOf, updateOf } from '../fakes/whatsapp-updates.ts'
import { startChannelRig } from '../helpers/channel-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { startFakeWhatsApp, whatsappSettings } from '../helpers/whatsapp-kit.ts'

const ADDRESS = { connector: 'whatsapp.cloud', line: '7' }

for (const store of testStores()) {
  describe(`a person who has changed the number, and with it the id, on ${store.name}`, () => {
    it('is told in the chat that there is, and answered there', async () => {
      const fake = await startFakeWhatsApp()
      const settings = whatsappSettings('whatsapp.cloud', fake.url)
      await using rig = await startChannelRig(store, fake, { ...ADDRESS, settings })
      const number = fake.numbers[0] as FakeNumber
      const tested = await rig.connect()
      assert.ok(tested.ok)
      const post = async (value: object): Promise<void> => {
        const update = updateOf(changeOf(number, value))
        const answer = await fake.push(tested.status.webhookUrl, update, number.app)
        assert.equal(answer.status, 200)
      }
      const old = { wa_id: '15551234567', user_id: 'US.OLD', profile: { name: 'Ann' } }
      await post({ contacts: [old], messages: [messageFrom(old, 'wamid.1', textOf('Hello'))] })
      const system = {
        type: 'user_changed_number',
        wa_id: '15557654321',
        user_id: 'US.NEW',
        previous_user_id: 'US.OLD',
      }
      const notice = { type: 'system', system }
      await post({ messages: [messageFrom({ wa_id: old.wa_id }, 'wamid.S', notice)] })
      const told = (await rig.arrived(2)) as { chat?: { id: string } }[]
      assert.deepEqual(
        told.map(({ chat }) => chat?.id),
        ['US.OLD', 'US.OLD'],
      )
      const message = { chat: { id: 'US.OLD' }, message: { text: 'still there?' } }
      await rig.portal.hub.sendMessage({ ...ADDRESS, ...message })
      await waitFor(() => fake.callsOf('messages').length === 1, 'the answer at the channel')
      assert.equal(fake.callsOf('messages')[0]?.json['to'], '15557654321')
    })
  })
}
