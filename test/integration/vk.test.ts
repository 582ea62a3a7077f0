import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startFakeVk } from '../fakes/vk.ts'
import { startChannelRig } from '../helpers/channel-rig.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const ADDRESS = { connector: 'vk', line: '12' }
const TOKEN = 'vk1.a.PLANTED-community-token'

async function open(store: TestStore, mode: 'callback' | 'longPoll' = 'callback') {
  const vk = await startFakeVk()
  const community = vk.addCommunity({ id: 7, name: 'Desk', token: TOKEN })
  const settings = { groupId: '7', accessToken: TOKEN, apiRoot: vk.url, mode }
  return { ...(await startChannelRig(store, vk, { ...ADDRESS, settings })), vk, community }
}

for (const store of testStores()) {
  describe(`a line of VK on ${store.name}`, () => {
    it('is confirmed while VK waits for its own answer, and again when the code has changed', async () => {
      await using bench = await open(store)
      const { community } = bench
      for (const _ of [1, 2]) {
        const result = await bench.connect()
        assert.ok(result.ok && result.webhookInstalled, JSON.stringify(result))
        assert.deepEqual(
          community.servers.map(({ url, status }) => [url, status]),
          [[result.status.webhookUrl, 'ok']],
        )
      }
      assert.equal(community.servers[0]?.events['message_new'], '1')
      await bench.portal.hub.disconnect(ADDRESS)
      assert.equal(community.servers.length, 0)
    })

    it('answers each event with ok, refuses forged ones, and tells a person’s words once', async () => {
      await using bench = await open(store)
      const { status } = await bench.connect()
      const { vk, community } = bench
      assert.deepEqual(await vk.personWrites(community, 55, { text: 'Hi [id1|Pavel] 😀' }), [
        { status: 200, body: 'ok' },
      ])
      const secret = community.servers[0]?.secretKey
      const repeat = { type: 'message_deny', object: { user_id: 55 }, group_id: 7, event_id: 'e' }
      for (const _ of [1, 2]) {
        assert.equal((await vk.post(status.webhookUrl, { ...repeat, secret })).body, 'ok')
      }
      assert.equal((await vk.post(status.webhookUrl, { ...repeat, secret: 'x' })).status, 401)
      const [first, second] = await bench.arrived(2)
      assert.equal(
        (first?.['message'] as { text?: string } | undefined)?.text,
        'Hi [user=1]Pavel[/user] :grinning:',
      )
      assert.equal(second?.['type'], 'chat.blocked')
    })

    it('sends, is not told of its own words, and hears when they were read', async () => {
      await using bench = await open(store)
      await bench.connect()
      const { vk, community, portal } = bench
      const sent = await portal.hub.sendMessage<{ id: string }>({
        ...ADDRESS,
        chat: { id: '55' },
        message: { text: '[b]hello[/b]' },
        key: 'k1',
      })
      const [status] = await bench.arrived(1)
      assert.deepEqual([status?.['status'], status?.['messageIds']], ['sent', ['55_1']])
      const echo = { peer_id: 55, from_id: -7, out: 1, conversation_message_id: 1, text: 'hello' }
      await vk.push(community, 'message_reply', { ...echo, date: 1 })
      const read = { from_id: 55, peer_id: 55, read_message_id: 70, conversation_message_id: 1 }
      await vk.push(community, 'message_read', read)
      const person = { ...echo, conversation_message_id: 2, date: 1, admin_author_id: 1001 }
      await vk.push(community, 'message_reply', person)
      const [, told, answer] = await bench.arrived(3)
      assert.deepEqual([told?.['status'], told?.['out'], told?.['key']], ['read', sent.id, 'k1'])
      assert.equal((answer?.['message'] as { outgoing?: boolean } | undefined)?.outgoing, true)
      assert.ok(!bench.hub.logText().includes(TOKEN))
    })

    it('polls where it has no public address', async () => {
      await using bench = await open(store, 'longPoll')
      const result = await bench.connect()
      assert.ok(result.ok && !result.webhookInstalled, JSON.stringify(result))
      // The first poll begins where VK is then; the second one goes on from there.
      const polls = () => bench.vk.callsOf('groups.getLongPollServer').length
      await waitFor(() => polls() > 1, 'a second poll')
      await bench.vk.personWrites(bench.community, 55, { text: 'hello' })
      const [first] = await bench.arrived(1)
      assert.equal(first?.['type'], 'message.new')
    })
  })
}
