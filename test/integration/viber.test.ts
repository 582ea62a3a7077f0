import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startFakeViber } from '../fakes/viber.ts'
import { startChannelRig } from '../helpers/channel-rig.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const ADDRESS = { connector: 'viber', line: '12' }
const TOKEN = 'PLANTED-viber-token-445da6az1s345z78'
const ANN = { id: 'xy5/5y6O81+/kbWHpLhBoA==', name: 'Ann' }

async function open(store: TestStore) {
  const viber = await startFakeViber()
  const account = viber.addAccount({ token: TOKEN, id: 'pa:753465942754', name: 'Desk' })
  const settings = {
    authToken: TOKEN,
    senderName: 'Desk',
    apiRoot: viber.url,
    welcomeText: 'Hello',
  }
  return { ...(await startChannelRig(store, viber, { ...ADDRESS, settings })), viber, account }
}

for (const store of testStores()) {
  describe(`a line of Viber on ${store.name}`, () => {
    it('is connected while Viber tries its address, and hears nothing before', async () => {
      await using bench = await open(store)
      const { account, viber } = bench
      const { webhookUrl } = await bench.portal.hub.getStatus<{ webhookUrl: string }>(ADDRESS)
      const early = await viber.push(
        account,
        { event: 'unsubscribed', user_id: ANN.id },
        webhookUrl,
      )
      assert.equal(early.status, 409)
      const result = await bench.connect()
      assert.ok(result.ok && result.webhookInstalled, JSON.stringify(result))
      assert.equal(result.channel.identity, account.id)
      assert.equal(account.webhook, webhookUrl)
      await bench.portal.hub.disconnect(ADDRESS)
      assert.equal(account.webhook, '')
    })

    it('takes what a person does, and answers a start with the welcome', async () => {
      await using bench = await open(store)
      await bench.connect()
      const { account, viber } = bench
      const started = { event: 'conversation_started', user: ANN, context: 'promo' }
      const welcome = await viber.push(account, started)
      assert.equal((JSON.parse(welcome.body) as { text: string }).text, 'Hello')
      const token = '5741311803571721099'
      const message = { type: 'text', text: 'Hi (smiley)' }
      const write = { event: 'message', sender: ANN, message, message_token: token }
      for (const _ of [1, 2]) assert.equal((await viber.push(account, write)).status, 200)
      const [first, second] = await bench.arrived(2)
      assert.deepEqual([first?.['type'], first?.['ref']], ['chat.started', 'promo'])
      const { id, text } = (second?.['message'] ?? {}) as Record<string, string>
      assert.deepEqual([id, text], [token, 'Hi :slight_smile:'])
      assert.equal((await bench.arrived(2)).length, 2)
    })

    it('sends, and tells of the message by its 64-bit token what became of it', async () => {
      await using bench = await open(store)
      await bench.connect()
      const { account, viber, portal } = bench
      const sent = await portal.hub.sendMessage<{ id: string }>({
        ...ADDRESS,
        chat: { id: ANN.id },
        message: { text: '[b]hello[/b]' },
        key: 'k1',
      })
      const [status] = await bench.arrived(1)
      const [token] = (status?.['messageIds'] ?? []) as string[]
      assert.ok(BigInt(token ?? 0) > BigInt(Number.MAX_SAFE_INTEGER))
      for (const event of ['seen', 'delivered', 'seen']) {
        await viber.push(account, { event, user_id: ANN.id, message_token: token })
      }
      const told = await bench.arrived(2)
      assert.deepEqual(
        told.map((event) => [event['status'], event['out'], event['key']]),
        [
          ['sent', sent.id, 'k1'],
          ['read', sent.id, 'k1'],
        ],
      )
      assert.ok(!bench.hub.logText().includes(TOKEN))
    })
  })
}
