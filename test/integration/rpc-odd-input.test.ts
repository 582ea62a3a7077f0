import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { signedHeaders } from '../../src/client/signature.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { postRpc, type RpcCaller, type RpcReply, toCall } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'

interface Failure {
  readonly jsonrpc: string
  readonly id: unknown
  readonly error: { readonly code: number; readonly data?: { readonly code?: string } }
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
