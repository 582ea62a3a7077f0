import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { HubUnreachableError, RpcError } from '../../../src/client/errors.ts'
import { createHub } from '../../../src/client/hub.ts'
import { verify } from '../../../src/client/signature.ts'

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

interface Call {
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly raw: Buffer
  readonly body: { readonly id: number; readonly method: string; readonly params?: unknown }
}

/** A hub that answers with what `reply` does. */
async function startHub(reply: (call: Call, response: ServerResponse) => void) {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const raw = Buffer.concat(await request.toArray())
    const call = { url: request.url, headers: request.headers, raw, body: JSON.parse(String(raw)) }
    calls.push(call)
    reply(call, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function echo({ body }: Call, response: ServerResponse): void {
  response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, result: { did: body.method } }))
}

type Methods = 'ping' | 'saveSettings' | 'anythingAddedLater'

function connect(url: string, more: { timeoutMs?: number } = {}) {
  return createHub<Methods>({ url, portal: 'prt_1', secret: SECRET, ...more })
}

describe('calling', () => {
  it('any method name becomes a signed JSON-RPC call', async () => {
    await using server = await startHub(echo)
    const hub = connect(`${server.url}/`)
    const params = { connector: 'telegram', line: '1' }
    assert.deepEqual(await hub.saveSettings(params), { did: 'saveSettings' })
    assert.deepEqual(await hub.anythingAddedLater(), { did: 'anythingAddedLater' })
    assert.deepEqual(await hub.$call('then'), { did: 'then' })
    const [first] = server.calls
    assert.equal(first?.url, '/rpc/prt_1')
    assert.equal(first.headers['content-type'], 'application/json')
    assert.deepEqual(first.body, { jsonrpc: '2.0', id: 1, method: 'saveSettings', params })
    for (const { headers, raw } of server.calls) {
      assert.ok(verify({ headers, body: raw, secrets: [SECRET], now: Date.now() }).ok)
    }
  })

  it('every request has an id of its own that is not a packet id', async () => {
    await using server = await startHub(echo)
    const hub = connect(server.url)
    await Promise.all([hub.ping(), hub.ping(), hub.ping()])
    const ids = server.calls.map(({ headers }) => String(headers['webhook-id']))
    assert.equal(new Set(ids).size, 3)
    for (const id of ids) assert.match(id, /^(?!pkt_)[A-Za-z0-9_-]{8,64}$/)
  })

  it('the hub itself can be awaited and turned into JSON without a call', async () => {
    await using server = await startHub(echo)
    const hub = await connect(server.url)
    JSON.stringify({ hub })
    assert.equal(String(typeof hub.ping), 'function')
    assert.equal(server.calls.length, 0)
  })
})

describe('failing', () => {
  it('an error of the hub is an RpcError with its code', async () => {
    const data = { code: 'HUB_UNKNOWN_LINE' }
    await using server = await startHub(({ body }, response) => {
      const error = { code: -32000, message: 'no such line', data }
      response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, error }))
    })
    await assert.rejects(connect(server.url).ping(), (error) => {
      assert.ok(error instanceof RpcError)
      assert.deepEqual([error.code, error.message, error.data], [-32000, 'no such line', data])
      assert.deepEqual([error.hubCode, error.status], ['HUB_UNKNOWN_LINE', 200])
      return true
    })
  })

  it('a refused signature and a limit keep their status and wait', async () => {
    await using server = await startHub((_call, response) => {
      response.writeHead(429, { 'retry-after': '7' })
      const error = { code: -32000, message: 'slow down', data: { code: 'HUB_LIMIT' } }
      response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error }))
    })
    await assert.rejects(connect(server.url).ping(), (error) => {
      assert.ok(error instanceof RpcError)
      assert.deepEqual([error.status, error.retryAfterMs, error.hubCode], [429, 7000, 'HUB_LIMIT'])
      return true
    })
  })

  it('whatever is not the hub is a HubUnreachableError', async () => {
    const answers: [string, (response: ServerResponse) => void][] = [
      ['a page', (response) => response.end('<html>')],
      ['a wrong shape', (response) => response.end('{"jsonrpc":"2.0","id":1}')],
      ['null', (response) => response.end('null')],
      ['a result under 503', (response) => response.writeHead(503).end('{"result":1}')],
      ['a redirect', (response) => response.writeHead(307, { location: '/x' }).end()],
      ['a broken connection', (response) => response.destroy()],
    ]
    for (const [what, answer] of answers) {
      await using server = await startHub((_call, response) => answer(response))
      await assert.rejects(connect(server.url).ping(), HubUnreachableError, what)
      assert.equal(server.calls.length, 1, what)
    }
  })

  it('a hub that says nothing is given up after the time-out', async () => {
    await using server = await startHub(() => undefined)
    await assert.rejects(connect(server.url, { timeoutMs: 50 }).ping(), HubUnreachableError)
  })

  it('a closed port is a HubUnreachableError with its cause', async () => {
    const server = await startHub(echo)
    await server[Symbol.asyncDispose]()
    await assert.rejects(connect(server.url).ping(), (error) => {
      return error instanceof HubUnreachableError && error.cause instanceof Error
    })
  })
})

describe('batch', () => {
  it('gives each call its own end, in the order of the calls', async () => {
    await using server = await startHub(({ body }, response) => {
      const calls = body as unknown as { id: number; method: string }[]
      const replies = calls.map(({ id, method }) =>
        method === 'bad'
          ? { jsonrpc: '2.0', id, error: { code: -32601, message: 'unknown' } }
          : { jsonrpc: '2.0', id, result: method },
      )
      response.end(JSON.stringify(replies.reverse()))
    })
    const [first, second, third] = await connect(server.url).$batch([
      ['ping'],
      ['bad', { a: 1 }],
      ['x'],
    ])
    assert.deepEqual(
      [first, third],
      [
        { ok: true, result: 'ping' },
        { ok: true, result: 'x' },
      ],
    )
    assert.ok(second?.ok === false && second.error.code === -32601)
  })

  it('fails whole when the hub refuses it whole or leaves an answer out', async () => {
    const refusal = { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'too many' } }
    await using refusing = await startHub((_call, response) =>
      response.end(JSON.stringify(refusal)),
    )
    await assert.rejects(connect(refusing.url).$batch([['ping']]), RpcError)
    await using silent = await startHub((_call, response) => response.end('[]'))
    await assert.rejects(connect(silent.url).$batch([['ping']]), HubUnreachableError)
  })
})
