import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { signedHeaders } from '../../src/client/signature.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { postRpc, type RpcCaller, type RpcReply, toCall } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import { BOT_TOKEN, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'

interface Failure {
  readonly jsonrpc: string
  readonly id: unknown
  readonly error: { readonly code: number; readonly data?: { readonly code?: string } }
}

interface Faults {
  readonly error: {
    readonly code: number
    readonly data: { readonly fields: readonly { readonly field: string }[] }
  }
}

const LINE = { connector: 'telegram', line: '1' }

for (const store of testStores()) {
  describe(`odd calls on ${store.name}`, () => {
    let database: OpenStore
    let hub: TestHub
    let portal: TestPortal
    let caller: RpcCaller
    before(async () => {
      database = await store.open()
      hub = await startTestHub({ databaseUrl: database.databaseUrl })
      portal = await addTestPortal(hub)
      caller = { url: hub.url, portal: portal.id, secret: portal.secret }
    })
    after(async () => {
      await portal[Symbol.asyncDispose]()
      await hub.stop()
      await database.dispose()
    })

    it('bytes that are no UTF-8 are no JSON, and nothing is done', async () => {
      const body = Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping","params":{},"x":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}'),
      ])
      const answer = await postRaw(caller, body)
      assert.equal(answer.status, 200)
      assert.equal(failureOf(answer.body).error.code, -32_700)
    })

    it('an empty array is an empty object, as PHP writes it', async () => {
      assert.ok('result' in resultOf(await call(caller, 'ping', [])))
      const settings = resultOf(await call(caller, 'saveSettings', { ...LINE, settings: [] }))
      const { error } = settings as unknown as { error: { data: { fields: { field: string }[] } } }
      assert.ok(error.data.fields.some(({ field }) => field === 'settings.token'))
      const chat = { ...LINE, chat: [], message: { text: 'x' } }
      const missing = resultOf(
        await call(caller, 'sendMessage', chat),
      ) as unknown as typeof settings
      assert.match(JSON.stringify(missing), /chat\.id/)
      const full = resultOf(await call(caller, 'ping', ['x'])) as unknown as Failure
      assert.equal(full.error.code, -32_602)
    })

    it('every refusal is JSON-RPC with a numeric code, and names its reason', async () => {
      const large = await postRpc(caller, toCall('ping', { x: 'y'.repeat(1_100_000) }))
      assert.equal(large.status, 413)
      assertRefusal(large, 'HUB_TOO_LARGE')
      const forged = await postRpc({ ...caller, portal: 'prt_nobody' }, toCall('ping'))
      assert.equal(forged.status, 401)
      assertRefusal(forged, 'HUB_BAD_SIGNATURE')
    })

    it('half a surrogate pair in a key or an id is a bad param, and the field is named', async () => {
      for (const half of ['a\ud83d', '\ude00', 'x\udc00\ud800y']) {
        const chat = { id: half }
        const text = { text: 'x' }
        for (const [method, field, params] of [
          ['sendMessage', 'key', { chat: { id: '5' }, message: text, key: half }],
          ['sendMessage', 'chat.id', { chat, message: text }],
          ['sendMessage', 'line', { chat: { id: '5' }, message: text, line: half }],
          [
            'sendMessage',
            'message.replyTo.id',
            { chat: { id: '5' }, message: { ...text, replyTo: chat } },
          ],
          ['updateMessage', 'chat.id', { chat, message: { id: '1', text: 'x' } }],
          [
            'updateMessage',
            'key',
            { chat: { id: '5' }, message: { id: '1', text: 'x' }, key: half },
          ],
          ['deleteMessage', 'message.id', { chat: { id: '5' }, message: chat }],
          ['sendTyping', 'chat.id', { chat }],
          ['markRead', 'message.id', { chat: { id: '5' }, message: chat }],
          ['getChat', 'chat.id', { chat }],
          ['sendTemplate', 'key', { chat: { id: '5' }, key: half }],
          ['getStatus', 'line', { line: half }],
        ] as const) {
          const answer = resultOf(await call(caller, method, { ...LINE, ...params }))
          const { error } = answer as unknown as Faults
          const found = error.data.fields.map((one) => one.field)
          assert.deepEqual([error.code, found], [-32_602, [field]], method)
        }
      }
    })

    it('keys and chats that differ in spaces at their end are two', async () => {
      await using telegram = await startTelegramWithBot()
      assert.ok((await connectTelegram(portal, telegram, '77')).ok)
      const sendAs = async (key: string, text: string) => {
        const message = { connector: 'telegram', line: '77', chat: { id: '5' }, message: { text } }
        return await portal.hub.sendMessage<{ id: string }>({ ...message, key })
      }
      const keys = ['order', 'order ', 'order  ', ' order', 'order\t', 'ORDER', 'order\u0000']
      const ids: string[] = []
      for (const key of keys) ids.push((await sendAs(key, key)).id)
      assert.equal(new Set(ids).size, keys.length)
      for (const [index, key] of keys.entries()) {
        assert.equal((await sendAs(key, key)).id, ids[index], JSON.stringify(key))
      }
      const { conversations, clock } = hub.app.services
      for (const chat of ['c', 'c ']) await conversations.remember(1, chat, { chat }, clock.now())
      for (const chat of ['c', 'c ']) assert.deepEqual(await conversations.find(1, chat), { chat })
      assert.equal(await conversations.find(1, 'c  '), undefined)
    })
  })

  it(`a call that the hub fails at is in the log with its cause, on ${store.name}`, async () => {
    await using database = await store.open()
    await using hub = await startTestHub({ databaseUrl: database.databaseUrl })
    await using portal = await addTestPortal(hub)
    await portal.hub.saveSettings({ ...LINE, settings: { token: BOT_TOKEN } })
    await hub.app.services.store.run('DROP TABLE dead_letter')
    const caller = { url: hub.url, portal: portal.id, secret: portal.secret }
    const asked = [toCall('ping', {}, 1), toCall('listDeadLetters', LINE, 2)]
    for (const payload of [toCall('listDeadLetters', LINE, 2), asked]) {
      const before = hub.logText().length
      const { text } = await postRpc(caller, JSON.stringify(payload))
      assert.match(text, /-32603.*HUB_INTERNAL/)
      assert.doesNotMatch(text, /dead_letter/)
      const lines = hub.logText().slice(before).split('\n')
      const [line = '{}', ...more] = lines.filter((one) => one.includes('"rpc.failed"'))
      const { level, method, portalId, err } = JSON.parse(line) as Record<string, unknown>
      assert.deepEqual([level, method, portalId, more], ['error', 'listDeadLetters', portal.id, []])
      assert.match(JSON.stringify(err), /dead_letter/)
    }
  })
}

function assertRefusal({ body }: RpcReply, code: string): void {
  const { jsonrpc, id, error } = body as Failure
  assert.deepEqual([jsonrpc, id, error.code, error.data?.code], ['2.0', null, -32_000, code])
}

function call(caller: RpcCaller, method: string, params: object): Promise<RpcReply> {
  return postRpc(caller, toCall(method, params))
}

function resultOf({ body }: RpcReply): Record<string, unknown> {
  return body as Record<string, unknown>
}

function failureOf(body: string): Failure {
  return JSON.parse(body) as Failure
}

function postRaw({ url, portal, secret }: RpcCaller, body: Buffer) {
  const id = 'req_broken_utf8'
  const timestamp = Math.floor(Date.now() / 1000)
  const headers = signedHeaders({ id, timestamp, body, secrets: [secret] })
  return send(`${url}/rpc/${portal}`, {
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  })
}
